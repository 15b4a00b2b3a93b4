"""Calls of function tools: the real exception of a tool, which the SDK turns into a message for the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom.tracing.context import current
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.clients.fields import field
from spanloom_autolog.openai_agents.ownership import OWNER, current_own_span
from spanloom_autolog.openai_agents.privacy import includes_content

__all__ = ["arguments", "invoke", "output", "record_once", "report_failure"]


async def invoke(function: Callable[..., Awaitable[Any]], call: Call) -> Any:
    """Invoke a tool, in the span of the SDK's own tracing or, where that is switched off, one of our own."""
    invocation: _Invocation | None = None
    with guard(f"{OWNER}: tool call"):
        invocation = _begin(call)
    if invocation is None or not invocation.span.is_recording:
        return await function(*call.args, **call.kwargs)
    span, previous = invocation.span, current.get()
    current.set(span)
    try:
        result = await function(*call.args, **call.kwargs)
    except BaseException as error:
        record_once(span, error)
        raise
    else:
        with guard(f"{OWNER}: tool result"):
            _record(invocation, result)
        return result
    finally:
        current.set(previous)
        if invocation.owned:
            span.end()


async def report_failure(function: Callable[..., Awaitable[Any]], call: Call) -> Any:
    """Look at the exception of a tool while the SDK makes a message of it."""
    with guard(f"{OWNER}: tool failure"):
        span = current_own_span(SpanType.TOOL)
        if span is not None:
            record_once(span, call.kwargs["error"])
    return await function(*call.args, **call.kwargs)


class _Invocation(NamedTuple):
    """One invocation: its span, whether the span is our own, and whether the SDK shows content."""

    span: Span
    owned: bool
    shown: bool


def _begin(call: Call) -> _Invocation:
    tool, context = call.kwargs["function_tool"], call.kwargs["context"]
    shown = includes_content(context.run_config)
    span = current_own_span(SpanType.TOOL)
    owned = span is None or span.claimed  # claimed: a tool that invokes another one
    if span is None or owned:
        span = open_span(tool.name, SpanType.TOOL, owner=OWNER)
    if span.is_recording:
        span.claimed = True
        with guard(f"{OWNER}: tool attributes"):
            span.set_attributes({attributes.TOOL_NAME: tool.name, attributes.TOOL_CALL_ID: context.tool_call_id})
        with guard(f"{OWNER}: tool inputs"):
            if shown:
                span.set_inputs(arguments(call.kwargs["arguments"]))
    return _Invocation(span, owned, shown)


def _record(invocation: _Invocation, result: Any) -> None:
    span = invocation.span
    if invocation.owned and invocation.shown:  # else its guardrails have a say first
        span.set_outputs(output(result.output))
    if result.is_sdk_generated_error and span.status == SpanStatus.UNSET:
        span.set_status(SpanStatus.ERROR, str(result.output))  # a timeout: nothing was raised


def record_once(span: Span, error: BaseException) -> None:
    """Record the exception that came first: the SDK wraps it, and raises it again, on its way up."""
    if span.status == SpanStatus.UNSET:
        span.record_exception(error)


def arguments(text: Any) -> Any:
    """Return a tool's arguments; the text itself where the model wrote no JSON object."""
    try:
        parsed = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return text
    return parsed if isinstance(parsed, dict) else text


def output(value: Any) -> Any:
    """Return what a tool gave back, the text itself where it is wrapped as such."""
    if type(value).__name__ == "FunctionToolResult":
        value = value.output  # the SDK's own: of a call that waits for an approval or was rejected
    if field(value, "type") == "text":
        text = field(value, "text")
        return text if isinstance(text, str) else value
    return value
