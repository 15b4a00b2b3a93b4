"""Runs that go wrong: the exception is the framework's own, and the spans tell type, message and stack."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from spanloom.instrument import autolog
from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.script import ANSWER, CALL, TOOL_TREE, get_weather
from spanloom.testing.conformance.tree import model_spans
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.tracing.guard import failures
from spanloom.tracing.span import Span
from spanloom.tracing.traces import ReadableSpan

__all__: list[str] = []


@scenario()
def server_error(case: Case) -> None:
    """The model answers 500."""
    _model_error(case, ErrorReply(500, "the model is on fire"))


@scenario()
def rate_limit(case: Case) -> None:
    """The model answers 429."""
    _model_error(case, ErrorReply(429, "too many requests"))


def _model_error(case: Case, error: ErrorReply) -> None:
    autolog(case.driver.plugin, disable=True)
    untouched = case.failure(case.agent(case.server(error)), "hi")
    autolog(case.driver.plugin)
    raised = case.failure(case.agent(case.server(error)), "hi")
    assert type(raised) is type(untouched), f"{raised!r} instead of {untouched!r}"
    trace = case.expect("""
AGENT weather_agent (ERROR)
  CHAT_MODEL (ERROR)
""")
    (model,) = model_spans(trace)
    assert error.message in _exception(model)["exception.message"]
    assert error.message in model.status_message
    assert trace.info.state == "ERROR"


@scenario(kinds=["agent"])
def tool_error(case: Case) -> None:
    """A tool raises: its span has the exception itself, whatever the framework makes of it."""

    def get_weather(city: str) -> str:
        """Tell the weather."""
        raise LookupError(f"no such city: {city}")

    agent = case.agent(case.server(CALL, ANSWER), get_weather)
    if case.driver.tool_errors == "raised":
        assert isinstance(case.failure(agent, "Paris?"), LookupError)
    else:
        case.ask(agent, "Paris?")
    trace = case.trace()
    (tool,) = trace.search_spans(span_type="TOOL")
    assert tool.status == "ERROR"
    exception = _exception(tool)
    assert (exception["exception.type"], exception["exception.message"]) == ("LookupError", "no such city: Paris")
    assert "raise LookupError" in exception["exception.stacktrace"]
    root = trace.data.spans[0]
    assert root.status == ("ERROR" if case.driver.tool_errors == "raised" else "OK")
    assert [model.status for model in model_spans(trace)] == ["OK"] * len(model_spans(trace))


@scenario("stream", "astream")
def mid_stream_break(case: Case) -> None:
    """The connection drops in the middle of the answer: what had come is kept."""
    server = case.server(Reply("one two three four", break_after=2))
    case.failure(case.agent(server), "count")
    trace = case.expect("""
AGENT weather_agent (ERROR)
  CHAT_MODEL (ERROR)
""")
    (model,) = model_spans(trace)
    _exception(model)
    assert "one" in json.dumps(model.outputs), model.outputs
    assert "four" not in json.dumps(model.outputs)


@scenario()
def reader_that_raises(case: Case) -> None:
    """Whatever of ours fails: the run is untouched, the spans are there, and the failures are counted."""
    with _broken_readers():
        if case.driver.kind == "agent":
            answer = case.ask(case.agent(case.server(CALL, ANSWER), get_weather), "Paris?")
        else:
            answer = case.ask(case.agent(case.server(ANSWER)), "Paris?")
    assert answer in ("It is sunny.", None)
    assert failures, "failures of ours must be counted"
    case.expect(TOOL_TREE if case.driver.kind == "agent" else "CHAT_MODEL")


@contextmanager
def _broken_readers() -> Iterator[None]:
    """Make everything fail that puts on a span what a plugin has read."""
    names = ("set_inputs", "set_outputs", "set_attribute", "set_attributes", "set_token_usage")
    methods = {name: getattr(Span, name) for name in names}

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("this reader is broken on purpose")

    os.environ["SPANLOOM_STRICT"] = "0"
    try:
        for name in names:
            setattr(Span, name, broken)
        yield
    finally:
        for name, method in methods.items():
            setattr(Span, name, method)
        os.environ["SPANLOOM_STRICT"] = "1"


def _exception(span: ReadableSpan) -> dict[str, Any]:
    events = [event["attributes"] for event in span.events if event["name"] == "exception"]
    assert len(events) == 1, f"{span.name} should have one exception, not {events}"
    exception: dict[str, Any] = events[0]
    assert exception["exception.stacktrace"].strip()
    return exception
