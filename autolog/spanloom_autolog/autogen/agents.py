"""Agents: `run` and `run_stream`; and `on_messages` and `on_messages_stream`, by which teams and direct users ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.instrument import Call, CallHandler
from spanloom.tracing import attributes
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.autogen.messages import agent_message
from spanloom_autolog.autogen.nesting import PLUGIN, is_inside
from spanloom_autolog.autogen.runs import Partial, RunReader, task_inputs

__all__ = ["on_messages", "on_messages_stream", "run"]


def _outputs(result: Any) -> Any:
    """Return the final message of a `TaskResult` or `Response`, or the text that had come of it."""
    if isinstance(result, Partial):
        return {"messages": [{"role": "assistant", "content": result.text}]} if result.text else None
    messages = getattr(result, "messages", None)
    return {"messages": [agent_message(messages[-1] if messages else result.chat_message, "assistant")]}


def _message_inputs(call: Call) -> dict[str, Any]:
    messages = call.args[0] if call.args else call.kwargs["messages"]
    return {"messages": [agent_message(message, "user") for message in messages]}


run = CallHandler(
    span_type=SpanType.AGENT,
    name=lambda call: str(call.instance.name),
    inputs=task_inputs,
    attributes=lambda call: {attributes.AGENT_NAME: call.instance.name},
    outputs=_outputs,
    stream_reader=RunReader,
)

_turn = run._replace(inputs=_message_inputs)


def on_messages(function: Callable[..., Any], call: Call) -> Any:
    """Ask the agent, under a span unless it is asked within one of its own."""
    from spanloom.instrument.observation import observe_async

    if is_inside(SpanType.AGENT, call.instance.name):
        return function(*call.args, **call.kwargs)
    return observe_async(_turn, PLUGIN, function, call)


def on_messages_stream(function: Callable[..., Any], call: Call) -> Any:
    """Likewise, streaming."""
    from spanloom.instrument.observation import observe

    if is_inside(SpanType.AGENT, call.instance.name):
        return function(*call.args, **call.kwargs)
    return observe(_turn, PLUGIN, function, call)
