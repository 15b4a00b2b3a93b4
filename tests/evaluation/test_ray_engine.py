from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.errors import EvaluationError
from spanloom.evaluation import load_results
from spanloom.testing import ErrorReply, ProviderServer, Reply, outline
from spanloom.tracing.exporters import Batch

ray = pytest.importorskip("ray")

DATA = [{"inputs": {"q": name}, "expectations": {"expected_response": f"ans {name}"}} for name in "abcde"]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


# Workers can't import this module: what they get is made inside functions, and sent as code.


@pytest.fixture
def exact() -> spanloom.Scorer:
    def exact(outputs: str, expectations: dict[str, Any]) -> bool:
        return outputs == expectations["expected_response"]

    return spanloom.scorer(exact)


@pytest.fixture
def answer() -> Callable[..., Any]:
    beginning = "ans"

    @spanloom.trace(span_type="TOOL")
    def look_up(q: str) -> str:
        return f"{beginning} {q}"

    async def answer(q: str) -> str:
        return look_up(q)

    return answer


@pytest.fixture(params=["file", "memory"])
def stored_in(request: pytest.FixtureRequest, store: Path) -> str:
    """Workers write to a file that they share; from memory they can't, and send what they record."""
    if request.param == "memory":
        spanloom.configure(store="sqlite://")
    return str(request.param)


def outlines(result: Any) -> list[Any]:
    return [outline(row.trace) for row in result.rows]


def test_results_metrics_and_traces_are_those_of_threads(stored_in: str, answer: Any, exact: Any) -> None:
    @spanloom.scorer
    def spans(trace: Any) -> int:
        return len(trace.data.spans)

    threads = spanloom.evaluate(DATA, [exact, spans], answer)
    distributed = spanloom.evaluate(DATA, [exact, spans], answer, engine="ray", max_workers=3)

    assert distributed.metrics == threads.metrics == {
        "exact/mean": 1.0, "spans/mean": 2.0, "rows/count": 5.0, "rows/failed": 0.0
    }  # fmt: skip
    assert [(row.position, row.outputs, row.values) for row in distributed.rows] == [
        (row.position, row.outputs, row.values) for row in threads.rows
    ]
    assert outlines(distributed) == outlines(threads)
    found = spanloom.search_traces(f"metadata.`spanloom.source_run` = '{distributed.run_id}'")
    assert {trace.info.trace_id for trace in found} == {row.trace_id for row in distributed.rows}
    assert [one.name for one in found[0].info.assessments] == ["exact", "spans", "expected_response"]


def test_a_row_that_kills_its_process_fails_and_no_other_does(exact: Any) -> None:
    def predict(q: str) -> str:
        if q == "c":
            os._exit(1)
        if q == "d":
            raise ValueError("not this one")
        return f"ans {q}"

    result = spanloom.evaluate(DATA, [exact], predict, engine="ray", max_workers=4)

    assert [(row.inputs["q"], row.error.error_code) for row in result.failed_rows if row.error] == [
        ("c", "WorkerDiedError"),
        ("d", "ValueError"),
    ]
    assert result.metrics["exact/mean"] == 3 / 5
    assert result.metrics["rows/failed"] == 2.0


def test_settings_autologging_labels_and_exporters_are_those_of_the_driver(stored_in: str, exact: Any) -> None:
    openai = pytest.importorskip("openai")

    class Exporter:
        def __init__(self) -> None:
            self.names: list[str] = []

        def export(self, batch: Batch) -> None:
            self.names += [span.name for span in batch.spans]

        def close(self) -> None: ...

    exporter = Exporter()
    spanloom.configure(experiment="Far away", redact=["q"], exporters=[exporter])
    spanloom.autolog("openai", capture_content=False)
    with ProviderServer([ErrorReply(429, headers={"retry-after": "0"}), Reply("ans a")]) as server:
        url = server.base_url

        def predict(q: str) -> str | None:
            client = openai.OpenAI(base_url=url, api_key="unused", max_retries=0)
            asked = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": q}])
            content: str | None = asked.choices[0].message.content
            return content

        with spanloom.tracing_context(user="ann"):
            result = spanloom.evaluate(DATA[:1], [exact], predict, engine="ray")

    trace = result.rows[0].trace
    assert result.metrics["exact/mean"] == 1.0
    assert trace is not None
    assert (trace.info.experiment, trace.info.user) == ("Far away", "ann")
    root, model = trace.data.spans
    assert root.inputs == {"q": "[REDACTED]"}
    assert (model.span_type, model.inputs, model.outputs) == ("CHAT_MODEL", None, None)
    assert sorted(exporter.names) == sorted(2 * ["predict", model.name])  # the refused call, too


def test_feedback_that_the_function_gives_is_kept(stored_in: str) -> None:
    @spanloom.trace
    def inner(q: str) -> str:
        return q

    def predict(q: str) -> str:
        inner(q)
        span = spanloom.get_current_active_span()
        assert span is not None
        spanloom.log_feedback(span.trace_id, "own", value=True)
        return q

    result = spanloom.evaluate(DATA[:1], [], predict, engine="ray")

    assert result.rows[0].error is None
    assert result.rows[0].trace is not None
    assert [one.name for one in result.rows[0].trace.info.assessments] == ["own", "expected_response"]


@pytest.mark.parametrize("part", ["predict_fn", "the scorer 'locked'"])
def test_what_cannot_be_sent_is_named_before_anything_runs(part: str, answer: Any) -> None:
    lock = threading.Lock()

    @spanloom.scorer
    def locked(outputs: str) -> bool:
        return lock.locked()

    def predict(q: str) -> str:
        return q if lock.locked() else ""

    chosen = predict if part == "predict_fn" else answer
    with pytest.raises(EvaluationError, match=f"{part} can't be sent to another process: .*lock.* Make clients"):
        spanloom.evaluate(DATA, [locked], chosen, engine="ray")


def test_outputs_that_cannot_be_sent_come_as_the_store_keeps_them() -> None:
    def predict(q: str) -> Any:
        return {"answer": q, "lock": threading.Lock()}

    row = spanloom.evaluate(DATA[:1], [], predict, engine="ray").rows[0]

    assert row.error is None
    assert row.outputs["answer"] == "a"
    assert "lock" in row.outputs["lock"]


def test_after_ctrl_c_what_is_done_is_kept_and_resume_runs_the_rest(exact: Any, tmp_path: Path) -> None:
    driver, first = os.getpid(), tmp_path / "first"

    def predict(q: str) -> str:
        if q == "c" and not first.exists():
            first.touch()
            os.kill(driver, signal.SIGINT)
            threading.Event().wait()
        return f"ans {q}"

    with pytest.raises(KeyboardInterrupt) as interrupt:
        spanloom.evaluate(DATA, [exact], predict, engine="ray", max_workers=1)
    (note,) = interrupt.value.__notes__
    run_id = note.split("'")[1]
    kept = load_results(run_id)
    result = spanloom.evaluate(DATA, [exact], predict, engine="ray", max_workers=2, resume=run_id)

    assert [row.inputs["q"] for row in kept.rows] == ["a", "b"]
    assert note.startswith("2 of 5 rows are kept")
    assert [row.inputs["q"] for row in result.rows] == list("abcde")
    assert [row.trace_id for row in result.rows[:2]] == [row.trace_id for row in kept.rows]
    assert result.metrics["exact/mean"] == 1.0


def test_rows_that_have_traces_are_scored_without_a_function(answer: Any, exact: Any) -> None:
    first = spanloom.evaluate(DATA, [], answer)
    traces: Sequence[Any] = [row.trace for row in first.rows]

    result = spanloom.evaluate(traces, [exact], engine="ray")

    assert [row.trace_id for row in result.rows] == [row.trace_id for row in first.rows]
    assert result.metrics["exact/mean"] == 1.0
