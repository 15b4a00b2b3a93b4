"""Tools: what a model calls, what runs, and what is told to the model are one span.

A call passes up to three places: the agent's `_execute_tool_call`, a workbench's `call_tool`, a tool's `run_json`. The
first one opens the span. The last one knows what the first does not: the value and the exception itself, of which the
model is told the text only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call, CallHandler
from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.autogen.nesting import PLUGIN

if TYPE_CHECKING:
    from spanloom.tracing.span import Span

__all__ = [
    "arguments_of",
    "call_tool",
    "execute_tool_call",
    "name_of",
    "run_function",
    "run_json",
    "run_json_stream",
]


def execute_tool_call(function: Callable[..., Any], call: Call) -> Any:
    """Run what an agent's model called; a call that names no tool or has bad arguments is one, too."""
    handler = _handoff if _is_handoff(call) else _requested
    return _observe(handler, function, call, lambda result: (result[1].content, result[1].is_error))


def call_tool(function: Callable[..., Any], call: Call) -> Any:
    """Run a tool of a workbench, for somebody who asks it directly."""
    if _open_call() is not None:
        return function(*call.args, **call.kwargs)
    return _observe(_of_workbench, function, call, lambda result: (result.to_text(), result.is_error))


def run_json(function: Callable[..., Any], call: Call) -> Any:
    """Run a tool."""
    from spanloom.instrument.observation import observe_async

    span = _open_call()
    if span is None:
        return observe_async(_of_tool(call.instance), PLUGIN, function, call)
    span.claimed = True
    if span.span_type == SpanType.HANDOFF:
        return function(*call.args, **call.kwargs)
    return _run_inside(span, function, call)


def run_json_stream(function: Callable[..., Any], call: Call) -> Any:
    """Run a tool that tells of its progress."""
    from spanloom.instrument.observation import observe

    span = _open_call()
    if span is None:
        return observe(_of_tool(call.instance), PLUGIN, function, call)
    span.claimed = True
    return _stream_inside(span, function, call)


def run_function(function: Callable[..., Any], call: Call) -> Any:
    """Run a plain function in the context of its call: AutoGen hands it to a thread without one."""
    import asyncio
    import copy
    from contextvars import copy_context

    from spanloom.tracing.context import current_span

    with guard("autogen: context of a tool"):
        span, tool = current_span(), call.instance
        # Asked in the same way as AutoGen does: what it awaits must stay what it is.
        if span is not None and span.is_recording and not asyncio.iscoroutinefunction(tool._func):  # noqa: SLF001 - the only place the function stands in
            # A copy of the tool, because the tool itself may run at the same time.
            in_context = copy.copy(tool)
            in_context._func = partial(copy_context().run, tool._func)  # noqa: SLF001 - same
            run = function.__func__  # type: ignore[attr-defined]  # a bound method
            return run(in_context, *call.args, **call.kwargs)
    return function(*call.args, **call.kwargs)


def name_of(call: Call) -> str:
    """Return the name of the tool that runs."""
    return str(call.instance.name)


def arguments_of(call: Call) -> dict[str, Any]:
    """Return what the tool that runs was given."""
    arguments = call.args[0] if call.args else call.kwargs["args"]
    given: dict[str, Any] = arguments.model_dump(mode="json")
    return given


def _open_call() -> Span | None:
    """Return the span of the tool call that the current call carries out, if there is one."""
    from spanloom.tracing.context import current_span

    with guard("autogen: span of a tool call"):
        span = current_span()
        if span is not None and span.owner == PLUGIN and span.span_type in _CALLS and not span.claimed:
            return span
    return None


_CALLS = frozenset({SpanType.TOOL, SpanType.HANDOFF})


async def _run_inside(span: Span, function: Callable[..., Any], call: Call) -> Any:
    try:
        value = await function(*call.args, **call.kwargs)
    except Exception as error:
        span.record_exception(error)
        raise
    _record(span, call.instance, value)
    return value


async def _stream_inside(span: Span, function: Callable[..., Any], call: Call) -> AsyncIterator[Any]:
    value = None
    try:
        async for value in function(*call.args, **call.kwargs):
            yield value
    except Exception as error:
        span.record_exception(error)
        raise
    _record(span, call.instance, value)


def _record(span: Span, tool: Any, value: Any) -> None:
    if span.is_recording:
        with guard("autogen: outputs"):
            span.set_outputs(_readable(tool, value))


def _readable(tool: Any, value: Any) -> Any:
    """Return the value of a tool, as the model is told where it is neither plain data nor a model of the user's."""
    if isinstance(value, str | int | float | dict | list | tuple | None):
        return value
    if hasattr(value, "model_dump") and not hasattr(value, "stop_reason"):
        return value
    return tool.return_value_as_string(value)  # such as the `TaskResult` of an agent


async def _observe(
    handler: CallHandler, function: Callable[..., Any], call: Call, told: Callable[[Any], tuple[str, bool | None]]
) -> Any:
    """Observe a call that ends in a text for the model, which is told by `told`, or else by the tool itself."""
    from spanloom.instrument.observation import Observation
    from spanloom.tracing.context import use_span

    span = Observation(handler, PLUGIN, call).span
    try:
        with use_span(span):
            result = await function(*call.args, **call.kwargs)
    except BaseException as error:
        if span.status == SpanStatus.UNSET:  # else it was recorded where it was raised
            span.record_exception(error)
        span.end()
        raise
    if span.is_recording:
        with guard("autogen: outputs"):
            text, is_error = told(result)
            if is_error and span.status == SpanStatus.UNSET:
                span.set_status(SpanStatus.ERROR, text)
            elif not is_error and not span.has_outputs:
                span.set_outputs(text)
    span.end()
    return result


def _request(call: Call) -> Any:
    return call.args[0] if call.args else call.kwargs["tool_call"]


def _is_handoff(call: Call) -> bool:
    with guard("autogen: handoff"):
        name = _request(call).name
        return any(tool.name == name for tool in call.kwargs.get("handoff_tools") or ())
    return False


def _requested_inputs(call: Call) -> Any:
    import json

    text = _request(call).arguments
    try:
        return json.loads(text)
    except ValueError:
        return text


def _requested_attributes(call: Call) -> dict[str, Any]:
    request = _request(call)
    return {attributes.TOOL_NAME: request.name, attributes.TOOL_CALL_ID: request.id}


_requested = CallHandler(
    span_type=SpanType.TOOL,
    name=lambda call: str(_request(call).name),
    inputs=_requested_inputs,
    attributes=_requested_attributes,
)
_handoff = _requested._replace(span_type=SpanType.HANDOFF)


def _workbench_tool(call: Call) -> str:
    return str(call.args[0] if call.args else call.kwargs["name"])


def _workbench_arguments(call: Call) -> dict[str, Any]:
    return dict((call.args[1] if len(call.args) > 1 else call.kwargs.get("arguments")) or {})


_of_workbench = CallHandler(
    span_type=SpanType.TOOL,
    name=_workbench_tool,
    inputs=_workbench_arguments,
    attributes=lambda call: _call_facts(_workbench_tool(call), call.kwargs.get("call_id")),
)


def _of_tool(tool: Any) -> CallHandler:
    return CallHandler(
        span_type=SpanType.TOOL,
        name=lambda _: str(tool.name),
        inputs=lambda call: dict(call.args[0] if call.args else call.kwargs["args"]),
        attributes=lambda call: _call_facts(tool.name, call.kwargs.get("call_id")),
        outputs=partial(_readable, tool),
        stream_reader=_LastItem,
    )


def _call_facts(name: str, call_id: str | None) -> dict[str, Any]:
    facts = {attributes.TOOL_NAME: name}
    return {**facts, attributes.TOOL_CALL_ID: call_id} if call_id else facts


class _LastItem:
    """Reads the stream of a tool: what it gives last is its value."""

    def __init__(self) -> None:
        self._item: Any = None

    def add(self, item: Any) -> None:
        self._item = item

    def result(self) -> Any:
        return self._item
