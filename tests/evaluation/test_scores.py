from __future__ import annotations

import math
from typing import Any

import pytest

import spanloom
from spanloom import Feedback
from spanloom.errors import SchemaError
from spanloom.evaluation import load_results
from spanloom.tracing import AssessmentError

DATA = [{"inputs": {"q": name}} for name in "ab"]


def echo(q: str) -> str:
    return q


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(ValueError("no"), "ValueError", "no"), ("no", "ASSESSMENT_ERROR", "no"), (AssessmentError("C"), "C", None)],
)
def test_feedback_takes_an_exception_or_a_text_as_its_error(error: Any, code: str, message: str | None) -> None:
    @spanloom.scorer
    def failing(outputs: str) -> Feedback:
        return Feedback(error=error)

    result = spanloom.evaluate(DATA, [failing], echo)

    assert result.metrics["failing/errors"] == 2
    found = load_results(result.run_id).rows[0].scores[0].feedback.error
    assert found is not None
    assert (found.error_code, found.error_message) == (code, message)


def test_an_error_of_another_type_is_refused() -> None:
    with pytest.raises(SchemaError, match="expected an exception, a text or an AssessmentError, got int"):
        Feedback(error=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 10**400, 2**63])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: Feedback(value=value)])
def test_a_number_that_no_metric_can_be_made_of_is_an_error_of_the_row(number: float, wrap: Any) -> None:
    @spanloom.scorer
    def seconds(outputs: str) -> Any:
        return wrap(number if outputs == "a" else 1.0)

    result = spanloom.evaluate(DATA, [seconds], echo, pass_criteria={"seconds/mean": "<= 2", "seconds/errors": "== 0"})

    assert result.metrics == {"seconds/mean": 1.0, "seconds/errors": 1.0, "rows/count": 2.0, "rows/failed": 0.0}
    assert result.reason == "seconds/errors is 1, expected == 0"
    (score,) = result.rows[0].scores
    assert "a number must be finite and below 2**63" in str(score.feedback.error)


def test_errors_that_were_not_are_none_for_the_criteria() -> None:
    @spanloom.scorer
    def fine(outputs: str) -> bool:
        return True

    assert spanloom.evaluate(DATA, [fine], echo, pass_criteria={"fine/errors": "== 0"}).passed
    assert not spanloom.evaluate(DATA, [fine], echo, pass_criteria={"fein/errors": "== 0"}).passed


def test_a_scorer_with_no_aggregation_has_no_metric() -> None:
    @spanloom.scorer(aggregations=[])
    def kept(outputs: str) -> int:
        return len(outputs)

    result = spanloom.evaluate([{"inputs": {"q": "a"}, "outputs": "abc"}], [kept])

    assert result.metrics == {"rows/count": 1.0, "rows/failed": 0.0}
    assert [row.values for row in result.rows] == [{"kept": 3}]


def test_an_aggregation_that_gives_no_number_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def spread(values: list[float]) -> float:
        return math.nan

    @spanloom.scorer(aggregations=["mean", spread])
    def score(outputs: str) -> float:
        return 1.0

    result = spanloom.evaluate(DATA, [score], echo)
    loaded = load_results(result.run_id)

    assert result.metrics == loaded.metrics == {"score/mean": 1.0, "rows/count": 2.0, "rows/failed": 0.0}
    assert "score/mean" in str(loaded)
    assert "the aggregation score/spread gave nan" in caplog.text


@pytest.mark.parametrize("name", ["line\nbreak", "n" * 250])
def test_a_name_that_no_metric_can_have_is_an_error_of_the_scorer(name: str) -> None:
    @spanloom.scorer
    def odd(outputs: str) -> Feedback:
        return Feedback(name=name, value=1)

    result = spanloom.evaluate(DATA, [odd], echo)

    assert result.metrics["odd/errors"] == 2
    assert "odd: EvaluationError: a score can't be called so: metric" in result.reason


def test_a_name_that_another_scorer_gave_in_the_row_is_an_error_of_the_second() -> None:
    first = spanloom.scorer(lambda outputs: Feedback(name="x", value=True), name="first")
    second = spanloom.scorer(lambda outputs: Feedback(name="x", value=False), name="second")

    result = spanloom.evaluate(DATA, [first, second], echo)

    assert (result.metrics["x/mean"], result.metrics["second/errors"]) == (1.0, 2.0)
    assert "the scorer 'second' gave feedback of the name 'x', as 'first' did" in result.reason


def test_several_feedbacks_of_one_name_in_a_row_count_together() -> None:
    @spanloom.scorer
    def relevant(outputs: str) -> list[Feedback]:
        return [Feedback(value=True), Feedback(value=outputs == "a"), Feedback(value=False)]

    result = spanloom.evaluate(DATA, [relevant], echo)

    assert result.metrics["relevant/mean"] == 0.5
    comparison = result.compare(spanloom.evaluate(DATA, [relevant], lambda q: "c"))
    (change,) = comparison.scores["relevant"].increased
    assert (change.inputs, change.before, change.after) == ({"q": "a"}, pytest.approx(1 / 3), pytest.approx(2 / 3))


class RefusedError(Exception):
    status_code = 429
    response = None


class AwsError(Exception):
    response = {  # noqa: RUF012 - as botocore.exceptions.ClientError has it
        "Error": {"Code": "ThrottlingException"},
        "ResponseMetadata": {"HTTPStatusCode": 429, "HTTPHeaders": {"retry-after": "0"}},
    }


class GoogleError(Exception):
    code = 429


@pytest.mark.parametrize("error", [ExceptionGroup("all", [ValueError(), RefusedError()]), AwsError(), GoogleError()])
def test_a_refusal_is_known_in_whatever_form_it_comes(error: Exception) -> None:
    refusals = [error]

    def predict(q: str) -> str:
        if refusals:
            raise refusals.pop()
        return q

    assert not spanloom.evaluate(DATA[:1], [], predict).failed_rows
