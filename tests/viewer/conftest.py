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
