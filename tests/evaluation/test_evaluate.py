from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import spanloom
from spanloom.errors import EvaluationError
from spanloom.evaluation import Row, RowResult, load_results
from spanloom.testing import ErrorReply, ProviderServer, Reply


@spanloom.scorer
def exact(outputs: str, expectations: dict[str, Any]) -> bool:
    return bool(outputs == expectations["expected_response"])


@spanloom.scorer
def not_empty(outputs: str) -> str:
    return "yes" if outputs else "no"


DATA = [{"inputs": {"q": name}, "expectations": {"expected_response": f"ans {name}"}} for name in "abc"]


def answer(q: str) -> str:
    return f"ans {q}"


def test_scores_are_metrics_and_feedback_on_the_traces_of_the_run() -> None:
    result = spanloom.evaluate(DATA, [exact, not_empty], answer, run_name="first")

    assert result.metrics == {"exact/mean": 1.0, "not_empty/mean": 1.0, "rows/count": 3.0, "rows/failed": 0.0}
    assert result.passed
    assert result.reason == ""
    found = spanloom.search_traces(f"metadata.`spanloom.source_run` = '{result.run_id}'")
    assert {trace.info.trace_id for trace in found} == {row.trace_id for row in result.rows}
    trace = result.rows[0].trace
    assert trace is not None
    assert [(span.name, span.inputs, span.outputs) for span in trace.data.spans] == [("answer", {"q": "a"}, "ans a")]
    said = [(one.type, one.name, one.value, one.source.source_type) for one in trace.info.assessments]
    assert said == [
        ("feedback", "exact", True, "CODE"),
        ("feedback", "not_empty", "yes", "CODE"),
        ("expectation", "expected_response", "ans a", "HUMAN"),
    ]
    assert trace.info.assessments[0].metadata == {"spanloom.source_run": result.run_id}


def test_an_asynchronous_function_runs_as_many_rows_at_once_as_there_are_workers() -> None:
    together = asyncio.Barrier(3)

    async def predict(q: str) -> str:
        await together.wait()
        return f"ans {q}"

    assert spanloom.evaluate(DATA, [exact], predict, max_workers=3).metrics["exact/mean"] == 1.0


def test_a_traced_function_keeps_its_own_root_span() -> None:
    @spanloom.trace(name="mine", span_type="AGENT")
    def predict(q: str) -> str:
        return q

    for row in spanloom.evaluate(DATA, [not_empty], predict).rows:
        assert row.trace is not None
        assert [span.name for span in row.trace.data.spans] == ["mine"]


def test_rows_are_traces_of_their_own_inside_a_span() -> None:
    with spanloom.start_span("around") as span:
        result = spanloom.evaluate(DATA, [not_empty], answer)

    assert span.trace_id not in {row.trace_id for row in result.rows}


def test_a_row_without_an_answer_counts_as_not_passed_and_is_left_out_of_numbers() -> None:
    @spanloom.scorer
    def length(outputs: str) -> int:
        return len(outputs)

    def predict(q: str) -> str:
        if q == "c":
            raise RuntimeError("no idea")
        return f"ans {q}"

    result = spanloom.evaluate(DATA, [exact, length], predict)

    assert result.metrics == {
        "exact/mean": pytest.approx(2 / 3),
        "length/mean": 5.0,
        "rows/count": 3.0,
        "rows/failed": 1.0,
    }
    (failed,) = result.failed_rows
    assert failed.error is not None
    assert (failed.position, failed.error.error_code, failed.error.error_message) == (2, "RuntimeError", "no idea")
    assert failed.trace is not None
    assert failed.trace.info.state == "ERROR"
    assert "row 2: no answer: RuntimeError: no idea" in result.reason


def test_a_scorer_that_fails_is_an_error_of_the_row_and_is_counted() -> None:
    @spanloom.scorer
    async def picky(inputs: dict[str, Any]) -> bool:
        if inputs["q"] == "b":
            raise ValueError("not this one")
        return True

    result = spanloom.evaluate(DATA, [picky], answer)

    assert result.metrics["picky/errors"] == 1
    assert result.metrics["picky/mean"] == pytest.approx(2 / 3)
    assert "row 1: picky: ValueError: not this one" in result.reason
    trace = result.rows[1].trace
    assert trace is not None
    (feedback,) = trace.search_assessments("picky")
    assert feedback.to_dict()["error"]["error_message"] == "not this one"


def test_a_scorer_that_takes_too_long_is_an_error_of_the_row() -> None:
    forever = threading.Event()

    @spanloom.scorer(timeout=0.05)
    def slow(outputs: str) -> bool:
        return forever.wait()

    result = spanloom.evaluate(DATA[:1], [slow], answer)
    forever.set()

    assert "longer than 0.05 seconds" in result.reason


def test_pass_criteria_decide_by_the_metrics() -> None:
    @spanloom.scorer
    def half(inputs: dict[str, Any]) -> float:
        return 0.5

    passed = spanloom.evaluate(DATA, [half], answer, pass_criteria={"half/mean": ">= 0.5", "rows/failed": "== 0"})
    missed = spanloom.evaluate(DATA, [half], answer, pass_criteria={"half/mean": "> 0.5"})

    assert passed.passed
    assert not missed.passed
    assert missed.reason == "half/mean is 0.5, expected > 0.5"


def test_a_standard_agent_is_asked_with_the_inputs_as_its_request() -> None:
    class Echo(spanloom.ResponsesAgent):
        def predict(self, request: Any) -> Any:
            text = request.input_items()[-1].content
            return {"output": [self.create_text_output_item(text, "msg_1")]}

    @spanloom.scorer
    def text(outputs: dict[str, Any]) -> bool:
        return bool(outputs["output"][0]["content"][0]["text"] == "hello")

    result = spanloom.evaluate([{"inputs": {"input": "hello"}}], [text], Echo())

    assert result.passed, result.reason
    assert result.rows[0].trace is not None
    assert [span.span_type for span in result.rows[0].trace.data.spans] == ["AGENT"]


def test_a_refusal_for_asking_too_often_is_repeated() -> None:
    import openai

    replies = [ErrorReply(429, headers={"retry-after": "0"}), Reply("ans a")]
    with ProviderServer(replies) as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="unused", max_retries=0)

        def predict(q: str) -> str | None:
            asked = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": q}])
            return asked.choices[0].message.content

        result = spanloom.evaluate(DATA[:1], [exact], predict)

    assert result.metrics["exact/mean"] == 1.0


def test_after_ctrl_c_what_is_done_is_kept_and_resume_runs_the_rest() -> None:
    class Interrupted:
        def run(self, rows: Sequence[Row], work: Callable[[Row], RowResult]) -> Iterator[list[RowResult]]:
            yield [work(rows[1])]
            raise KeyboardInterrupt

    asked: list[str] = []

    def predict(q: str) -> str:
        asked.append(q)
        return f"ans {q}"

    with pytest.raises(KeyboardInterrupt) as interrupt:
        spanloom.evaluate(DATA, [exact], predict, engine=Interrupted())
    (note,) = interrupt.value.__notes__
    run_id = note.split("'")[1]
    unfinished = load_results(run_id)
    result = spanloom.evaluate(DATA, [exact], predict, resume=run_id, max_workers=1)

    assert note.startswith("1 of 3 rows are kept")
    assert not unfinished.passed
    assert [row.inputs for row in unfinished.rows] == [{"q": "b"}]
    assert asked == ["b", "a", "c"]
    assert [row.inputs["q"] for row in result.rows] == ["a", "b", "c"]
    assert result.run_id == run_id
    assert result.metrics["exact/mean"] == 1.0
    assert load_results(run_id).metrics == result.metrics


def test_ctrl_c_does_not_wait_for_a_call_that_hangs() -> None:
    hangs = threading.Event()

    def predict(q: str) -> str:
        if q == "b":
            os.kill(os.getpid(), signal.SIGINT)  # of the process, as from a terminal: not of this thread
            hangs.wait()
        return q

    with pytest.raises(KeyboardInterrupt):
        spanloom.evaluate(DATA, [not_empty], predict, max_workers=1)
    hangs.set()


def test_results_come_back_from_the_store() -> None:
    result = spanloom.evaluate(DATA, [exact], answer)
    loaded = load_results(result.run_id)

    def facts(rows: list[RowResult]) -> list[Any]:
        return [(row.inputs, row.outputs, row.values, row.trace_id, row.expectations) for row in rows]

    assert facts(loaded.rows) == facts(result.rows)
    assert (loaded.metrics, loaded.passed, loaded.run_name) == (result.metrics, result.passed, result.run_name)


def test_what_is_redacted_in_traces_is_redacted_in_results() -> None:
    spanloom.configure(redact=["inputs.q"])

    result = spanloom.evaluate(DATA[:1], [exact], answer)

    assert result.rows[0].inputs == {"q": "a"}
    assert load_results(result.run_id).rows[0].inputs == {"q": "[REDACTED]"}


@pytest.mark.parametrize(
    ("data", "scorers", "predict", "message"),
    [
        ([], [exact], answer, "empty"),
        (["a"], [exact], answer, "row 0 is of type str"),
        ([{"inputs": "a"}], [exact], answer, "expected a dictionary of the arguments"),
        ([{"outputs": "a"}], [exact], None, "neither inputs nor a trace"),
        ([{"inputs": {"q": "a"}, "expectation": {}}], [exact], answer, "did you mean 'expectations'"),
        ([{"inputs": {"q": "a"}}], [exact], None, "neither outputs nor a trace"),
        ([{"inputs": {"question": "a"}}], [exact], answer, "row 0 does not fit predict_fn"),
        (DATA, [exact, exact], answer, "two scorers are called 'exact'"),
        (DATA, [answer], answer, "decorate the function"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_runs(data: Any, scorers: Any, predict: Any, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        spanloom.evaluate(data, scorers, predict)

    assert spanloom.search_traces() == []
