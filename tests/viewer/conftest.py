from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

import spanloom
from spanloom import SpanType

if find_spec("fastapi") is None:
    collect_ignore_glob = ["test_*.py"]
if find_spec("playwright") is not None:
    from browsing import browser, complaints, page  # noqa: F401 - fixtures

QUESTION = {"role": "user", "content": "Weather in Paris?"}
CALL = {
    "role": "assistant",
    "content": None,
    "reasoning_content": "I need the tool.",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "forecast", "arguments": '{"days": 3}'}}],
}
USED = {"gen_ai.usage.input_tokens": 1412, "gen_ai.usage.output_tokens": 31, "spanloom.cost.total": 0.0012}


@spanloom.trace(span_type=SpanType.TOOL)
def forecast(days: int) -> str:
    raise ValueError(f"no forecast for {days} days")


@spanloom.trace(span_type=SpanType.AGENT)
def weather_agent(messages: list[object]) -> dict[str, object]:
    with spanloom.start_span("chat gpt-5", SpanType.CHAT_MODEL, {"gen_ai.request.model": "gpt-5", **USED}) as span:
        span.set_inputs({"messages": messages, "temperature": 0.5})
        span.set_outputs({"messages": [CALL]})
    try:
        forecast(3)
    except ValueError as error:
        return {"messages": [{"role": "assistant", "content": f"Sorry: {error}"}]}
    return {}


SUMS = [f"{number} + {number}?" for number in range(10)]
SUM_ROWS = [
    {"inputs": {"question": question}, "expectations": {"expected_response": str(2 * number)}}
    for number, question in enumerate(SUMS)
]


@spanloom.scorer
def exact_match(outputs: Any, expectations: Any) -> spanloom.Feedback:
    same = outputs == expectations["expected_response"]
    return spanloom.Feedback(value=same, rationale=None if same else f"{outputs} is not it")


@spanloom.scorer
def length(outputs: Any) -> int:
    if outputs == "broken":
        raise ValueError("nothing to measure")
    return len(outputs)


def answer(question: str, right: int) -> str:
    """Answer the first questions rightly; one fails, one can't be measured."""
    number = SUMS.index(question)
    if number == 8:
        raise RuntimeError("no answer")
    if number == 9:
        return "broken"
    return str(2 * number) if number < right else "perhaps"


@pytest.fixture
def run_agent() -> Callable[..., str]:
    """Leave a trace as agents do: conversation, tool call, reasoning, an error. Its id is returned."""

    def run(session: str = "chat 1/a") -> str:
        with spanloom.tracing_context(session_id=session, tags={"env": "prod"}):
            weather_agent([QUESTION])
        return spanloom.get_last_active_trace_id() or ""

    return run


@pytest.fixture
def viewer() -> Iterator[Any]:
    """A viewer of the test's store."""
    from live_server import LiveServer

    from spanloom.viewer import make_application

    server = LiveServer(make_application())
    yield server
    server.stop()


@pytest.fixture
def train() -> Callable[..., str]:
    """Leave a run with parameters, two histories, files and a nested run; its id is returned."""

    def run(name: str, rate: float) -> str:
        with spanloom.start_run(run_name=name, tags={"team": "a"}, description=f"About {name}") as made:
            spanloom.log_params({"model": "gpt-5", "rate": rate})
            for step in range(5):
                spanloom.log_metrics({"loss": rate / (step + 1), "accuracy": 0.5 + rate * step}, step=step)
            spanloom.log_text("Answer in one sentence.", "prompts/system.txt")
            spanloom.log_dict({"labels": ["yes", "no"]}, "labels.json")
            with spanloom.start_run(run_name=f"{name} part", nested=True):
                spanloom.log_metric("part", rate)
        return made.info.run_id

    return run


@pytest.fixture
def evaluate() -> Callable[..., str]:
    """Evaluate an agent that knows so many answers on ten rows, or on some of them; the id of the run is returned."""

    def run(right: int, name: str, rows: slice = slice(None), *, times: int = 1, **options: Any) -> str:
        def predict(question: str) -> str:
            return answer(question, right)

        result = spanloom.evaluate(SUM_ROWS[rows] * times, [exact_match, length], predict, run_name=name, **options)
        return result.run_id

    return run
