"""Model clients: every subclass of `ChatCompletionClient`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from spanloom.instrument import Call, CallHandler
from spanloom.tracing import attributes
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.autogen.clients import parameters, provider
from spanloom_autolog.autogen.messages import assistant_message, chat_messages
from spanloom_autolog.autogen.nesting import PLUGIN, is_inside

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation

__all__ = ["create", "create_stream"]


def create(function: Callable[..., Any], call: Call) -> Any:
    """Ask the model, under a span unless another client (a cache) is asked and passes the request on."""
    from spanloom.instrument.observation import observe_async

    if is_inside(SpanType.CHAT_MODEL):
        return function(*call.args, **call.kwargs)
    return observe_async(_chat, PLUGIN, function, call)


def create_stream(function: Callable[..., Any], call: Call) -> Any:
    """Likewise, streaming."""
    from spanloom.instrument.observation import observe

    if is_inside(SpanType.CHAT_MODEL):
        return function(*call.args, **call.kwargs)
    return observe(_stream, PLUGIN, function, call)


def _name(call: Call) -> str:
    model = parameters(call).get("model")
    return f"chat {model}" if isinstance(model, str) else type(call.instance).__name__


def _inputs(call: Call) -> dict[str, Any]:
    messages = call.args[0] if call.args else call.kwargs["messages"]
    found = {"messages": chat_messages(messages), **parameters(call)}
    json_output, choice = call.kwargs.get("json_output"), call.kwargs.get("tool_choice", "auto")
    if json_output is not None:
        found["json_output"] = json_output
    if choice != "auto":
        found["tool_choice"] = choice if isinstance(choice, str) else {"type": "function", "name": choice.name}
    return found


def _attributes(call: Call) -> dict[str, Any]:
    found = {
        attributes.REQUEST_MODEL: parameters(call).get("model"),
        attributes.PROVIDER: provider(call.instance),
        attributes.TOOL_DEFINITIONS: [_definition(tool) for tool in call.kwargs.get("tools") or ()],
    }
    return {key: value for key, value in found.items() if value}


def _definition(tool: Any) -> dict[str, Any]:
    from spanloom_autolog.autogen.schemas import schema

    return {"type": "function", "function": tool if isinstance(tool, Mapping) else schema(tool)}


def _outputs(result: Any) -> dict[str, Any]:
    return {"messages": [assistant_message(result.content, result.thought)]}


def _usage(result: Any) -> TokenUsage | None:
    """Return the tokens; a client that is not told reports 0, and an answer from a cache cost none."""
    usage = result.usage
    if usage is None or result.cached or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    return TokenUsage(usage.prompt_tokens, usage.completion_tokens)


_FINISH_REASONS = {"function_calls": "tool_calls", "unknown": None}
"""Where AutoGen's word is not OpenAI's."""


def _result_attributes(result: Any) -> dict[str, Any]:
    reason = _FINISH_REASONS.get(result.finish_reason, result.finish_reason)
    return {attributes.FINISH_REASONS: [reason]} if reason else {}


class _PartialResult(NamedTuple):
    """What a stream that did not get to its `CreateResult` had said; named like its fields."""

    content: str
    thought: str | None
    finish_reason: None = None
    usage: None = None
    cached: bool = False


class _StreamReader:
    """Reads a stream: pieces of text, then the result."""

    __slots__ = ("_result", "_texts")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._result: Any = None

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        if isinstance(chunk, str):
            self._texts.append(chunk)
        else:
            self._result = chunk

    def result(self) -> Any:
        """Return the result, or what had been said of it: reasoning stands between tags."""
        if self._result is not None:
            return self._result
        text = "".join(self._texts)
        if not text.startswith("<think>"):
            return _PartialResult(text, None)
        thought, _, content = text.removeprefix("<think>").partition("</think>")
        return _PartialResult(content, thought)


def _attach(_call: Call, result: Any, observation: Observation) -> Any | None:
    """Observe the iterator of a client that is not written as a generator."""
    return observation.async_iterator(result) if hasattr(result, "__anext__") else None


_chat = CallHandler(
    span_type=SpanType.CHAT_MODEL,
    name=_name,
    inputs=_inputs,
    attributes=_attributes,
    outputs=_outputs,
    usage=_usage,
    result_attributes=_result_attributes,
)

_stream = _chat._replace(stream_reader=_StreamReader, attach=_attach)
