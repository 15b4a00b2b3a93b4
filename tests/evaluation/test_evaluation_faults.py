from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import spanloom
from spanloom.errors import EvaluationError, StoreError
from spanloom.evaluation import Row, RowResult, load_results


@spanloom.scorer
def answered(outputs: Any) -> bool:
    return outputs is not None


@spanloom.scorer
def traced(trace: spanloom.Trace | None) -> bool:
    return trace is not None


DATA = [{"inputs": {"q": name}} for name in "abc"]


def echo(q: str) -> str:
    return q


def test_a_store_that_goes_away_while_a_row_is_underway_ends_the_evaluation(
    new_database: Callable[[str], str], postgresql_server: str
) -> None:
    import psycopg

    spanloom.configure(store=new_database("leaving"))

    def predict(q: str) -> str:
        with psycopg.connect(host=postgresql_server, user="postgres", autocommit=True) as connection:
            connection.execute("ALTER DATABASE leaving ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'leaving'")
        return q

    with pytest.raises(StoreError):
        spanloom.evaluate(DATA[:1], [traced], predict)


def test_what_was_done_before_the_store_went_away_is_kept_and_a_note_says_how_to_go_on() -> None:
    class Store:
        def run(self, rows: Sequence[Row], work: Callable[[Row], RowResult]) -> Iterator[list[RowResult]]:
            yield [work(rows[0])]
            raise StoreError("away")

    with pytest.raises(StoreError, match="away") as lost:
        spanloom.evaluate(DATA, [answered], echo, engine=Store())

    (note,) = lost.value.__notes__
    assert note.startswith("1 of 3 rows are kept; go on with evaluate(..., resume=")
    assert len(load_results(note.split("'")[1]).rows) == 1


def test_a_pass_if_that_exits_is_a_score_that_does_not_pass() -> None:
    @spanloom.scorer(pass_if=lambda value: sys.exit(1))
    def leaving(outputs: str) -> bool:
        return True

    assert not spanloom.evaluate(DATA, [leaving], echo).passed


def test_the_reason_is_stored_as_redacted_as_the_errors() -> None:
    def predict(q: str) -> str:
        raise ValueError(f"{q}: no such user as ann@example.com")

    spanloom.configure(redact=[spanloom.EMAILS])
    result = spanloom.evaluate(DATA[:1], [answered], predict)
    loaded = load_results(result.run_id)

    assert loaded.reason == "row 0: no answer: ValueError: a: no such user as [REDACTED]"
    assert loaded.rows[0].error == result.rows[0].error

    spanloom.configure(redact=["error"])
    assert "REDACTED" in load_results(spanloom.evaluate(DATA[:1], [answered], predict).run_id).reason


def test_texts_that_no_store_takes_are_kept_as_far_as_one_does(store_url: str) -> None:
    def predict(q: str) -> str:
        if q == "a":
            raise ValueError("half \ud800, nothing \0")
        return "half \ud800"

    @spanloom.scorer
    def odd(outputs: str) -> spanloom.Feedback:
        return spanloom.Feedback(value="half \ud800", rationale="half \ud800, nothing \0", metadata={"\ud800": "\0"})

    rows = [{**row, "tags": {"half": "\ud800"}} for row in DATA[:2]]
    result = spanloom.evaluate(rows, [odd], predict)
    failed, scored = load_results(result.run_id).rows

    assert failed.error is not None
    assert failed.error.error_message == "half \ufffd, nothing \ufffd"
    assert scored.values == {"odd": "half \ufffd"}
    assert scored.scores[0].feedback.rationale == "half \ufffd, nothing \ufffd"
    assert [row.trace.info.tags["half"] for row in (failed, scored) if row.trace is not None] == ["\ufffd"] * 2


def test_resuming_with_other_data_forgets_what_the_data_has_no_longer() -> None:
    def predict(q: str) -> str:
        if q == "b":
            raise ValueError("not now")
        return q

    first = spanloom.evaluate(DATA, [answered], predict)
    other = [{"inputs": {"q": name}} for name in "cxa"]
    result = spanloom.evaluate(other, [answered], echo, resume=first.run_id)
    loaded = load_results(first.run_id)

    assert [row.outputs for row in result.rows] == ["c", "x", "a"]
    assert [(row.position, row.outputs) for row in loaded.rows] == [(0, "c"), (1, "x"), (2, "a")]
    assert loaded.metrics["rows/count"] == 3


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_stream_is_the_list_of_its_items(asynchronous: bool) -> None:
    def words(q: str) -> Iterator[str]:
        yield q
        yield "end"

    async def words_later(q: str) -> Any:
        yield q
        yield "end"

    result = spanloom.evaluate(DATA[:1], [answered], words_later if asynchronous else words)

    assert result.rows[0].outputs == ["a", "end"]
    assert result.rows[0].trace is not None
    assert result.rows[0].trace.data.spans[0].outputs == ["a", "end"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scorers": None}, r"evaluate\(scorers=None\): expected a list of scorers"),
        ({"max_workers": 2.5}, r"evaluate\(max_workers=2.5\): expected a whole number"),
        ({"pass_criteria": {"answered/mean": None}}, "'answered/mean'] is None; expected a number"),
        ({"pass_criteria": "answered/mean >= 1"}, "expected a dictionary by the names of metrics"),
        ({"scorers": [spanloom.scorer(lambda outputs: outputs, name="n" * 250)]}, "1 to 250 printable characters"),
    ],
)
def test_arguments_of_the_wrong_kind_are_told(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        spanloom.evaluate(**{"data": DATA, "scorers": [answered], "predict_fn": echo, **arguments})
