"""Calls of a model: one CHAT_MODEL span each, whatever API, provider or class of the program it goes through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from spanloom.instrument import Call, CallHandler
from spanloom.instrument.observation import observe, observe_async
from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.openai import responses
from spanloom_autolog.openai.request import request_attributes
from spanloom_autolog.openai_agents.conversation import conversation
from spanloom_autolog.openai_agents.ownership import OWNER, current_own_span
from spanloom_autolog.openai_agents.privacy import without_content

__all__ = ["get_response", "stream_response"]

_POSITIONS: Final = (
    "system_instructions",
    "input",
    "model_settings",
    "tools",
    "output_schema",
    "handoffs",
    "tracing",
)
_SETTINGS: Final = (
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "max_tokens",
    "tool_choice",
    "parallel_tool_calls",
    "truncation",
    "reasoning",
    "verbosity",
    "store",
    "top_logprobs",
)
"""Those that are about the answer; others may carry what is secret, such as headers."""
_NO_ID: Final = "__fake_id__"
"""What the SDK puts where an API has no ids; its model then is the one asked for, not the one that answered."""


async def get_response(function: Callable[..., Awaitable[Any]], call: Call) -> Any:
    """Make a call that returns the whole answer."""
    handler = _handler(call)
    if handler is None:
        return await function(*call.args, **call.kwargs)
    return await observe_async(handler, OWNER, function, call)


def stream_response(function: Callable[..., Any], call: Call) -> Any:
    """Make a call that returns a stream of events."""
    handler = _handler(call)
    if handler is None:
        return function(*call.args, **call.kwargs)
    return observe(handler, OWNER, function, call)


def _handler(call: Call) -> CallHandler | None:
    """Return how to observe the call, or `None` inside of a model that asks another one (or its base class)."""
    with guard(f"{OWNER}: model call"):
        if current_own_span(SpanType.CHAT_MODEL) is not None:
            return None
        tracing = _argument(call, "tracing")
        # Switched off means that the SDK traces nothing, not that the content is secret.
        if tracing is None or tracing.is_disabled() or tracing.include_data():
            return _CALL
    return _CALL_WITHOUT_CONTENT


def _argument(call: Call, name: str) -> Any:
    index = _POSITIONS.index(name)
    return call.args[index] if len(call.args) > index else call.kwargs.get(name)


def _model(call: Call) -> str | None:
    model = getattr(call.instance, "model", None)
    return model if isinstance(model, str) else None


def _name(call: Call) -> str:
    model = _model(call)
    return f"chat {model}" if model else "chat"


def _inputs(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {"messages": conversation(_argument(call, "input"), _argument(call, "system_instructions"))}
    settings = _argument(call, "model_settings")
    chosen = {name: getattr(settings, name, None) for name in _SETTINGS}
    found |= {"model": _model(call), **chosen}
    schema = _argument(call, "output_schema")
    if schema is not None and not schema.is_plain_text():
        found["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema.json_schema()}}
    return {name: value for name, value in found.items() if value is not None}


def _attributes(call: Call) -> dict[str, Any]:
    tools = [_definition(tool) for tool in _argument(call, "tools") or ()]
    tools += [_handoff_definition(handoff) for handoff in _argument(call, "handoffs") or ()]
    if getattr(call.instance, "_client", None) is not None:
        return request_attributes(Call(call.instance, (), {"model": _model(call), "tools": tools}))
    found = {attributes.REQUEST_MODEL: _model(call), attributes.TOOL_DEFINITIONS: tools}
    return {key: value for key, value in found.items() if value}


def _definition(tool: Any) -> dict[str, Any]:
    parameters = getattr(tool, "params_json_schema", None)
    if parameters is None:
        return {"type": getattr(tool, "name", type(tool).__name__)}  # run by the provider
    return _function(tool.name, tool.description, parameters)


def _handoff_definition(handoff: Any) -> dict[str, Any]:
    return _function(handoff.tool_name, handoff.tool_description, handoff.input_json_schema)


def _function(name: str, description: str, parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _facts(answer: Any) -> dict[str, Any]:
    """Return what an answer tells of itself: a `ModelResponse`, or what the events of a stream amount to."""
    if hasattr(answer, "response_id"):
        facts = {attributes.RESPONSE_ID: answer.response_id, attributes.REQUEST_ID: answer.request_id}
    elif answer.id == _NO_ID:
        facts = {attributes.REQUEST_ID: getattr(answer, "_request_id", None)}
    else:
        return responses.result_attributes(answer)
    return {key: value for key, value in facts.items() if value}


def _as_stream(_call: Call, result: Any, observation: Any) -> Any | None:
    """Observe the stream of a model that is no generator."""
    return observation.async_iterator(result) if hasattr(result, "__anext__") else None


_CALL = CallHandler(
    span_type=SpanType.CHAT_MODEL,
    name=_name,
    inputs=_inputs,
    attributes=_attributes,
    outputs=responses.outputs,
    usage=responses.usage,
    result_attributes=_facts,
    stream_reader=responses.event_reader,
    attach=_as_stream,
)
_CALL_WITHOUT_CONTENT = without_content(_CALL)
