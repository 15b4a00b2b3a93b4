"""Inputs and outputs, with LlamaIndex's objects in them made readable.

A streaming response is never turned into text: that would read it to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from spanloom_autolog.llama_index.kinds import FRAMEWORK_MODULES
from spanloom_autolog.llama_index.messages import chat_message

__all__ = ["arguments", "documents", "event_fields", "fields_of", "query_text", "readable"]

_MAX_DEPTH = 16

Convert = Callable[[Any], Any]


def readable(value: Any, depth: int = 0) -> Any:
    """Return a copy of `value` with messages in OpenAI's chat form, plain documents, events and responses.

    Whatever else is in there stays as it is.
    """
    if value is None or isinstance(value, str | int | float) or depth > _MAX_DEPTH:
        return value
    if isinstance(value, dict):
        return {key: readable(item, depth + 1) for key, item in list(value.items())}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [readable(item, depth + 1) for item in list(value)]
    convert = _conversion(type(value))
    return convert(value) if convert is not None else value


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call's arguments, those passed on as `**kwargs` among the others, without contexts of workflows."""
    flat = dict(given)
    more = flat.pop("kwargs", None)
    if isinstance(more, dict):
        flat |= more
    elif more is not None:
        flat["kwargs"] = more
    return {name: readable(value) for name, value in flat.items() if type(value).__name__ != "Context"}


def documents(nodes: Any) -> list[dict[str, Any]]:
    """Return nodes (with or without a score) as documents; their vectors are left out."""
    return [_document(node) for node in nodes]


def query_text(query: Any) -> Any:
    """Return the text of a query, which may come in a bundle with vectors."""
    return getattr(query, "query_str", query)


def event_fields(event: Any) -> dict[str, Any]:
    """Return what a workflow's event carries: fields that its class declares, and those that were just given."""
    declared = {name: getattr(event, name, None) for name in type(event).model_fields}
    return {name: readable(value) for name, value in {**declared, **dict(event.items())}.items()}


def fields_of(event: Any) -> Any:
    """Return what the event says that ends a workflow."""
    if type(event).__name__ == "StopEvent":
        return readable(event.result)
    return event_fields(event)


def _document(node: Any) -> dict[str, Any]:
    score, inner = getattr(node, "score", None), getattr(node, "node", node)
    document = {"id": inner.node_id, "page_content": inner.get_content(), "metadata": readable(inner.metadata)}
    return document if score is None else {**document, "score": score}


def _response(response: Any) -> dict[str, Any]:
    return {"response": readable(response.response), **_sources(response)}


def _streaming_response(response: Any) -> dict[str, Any]:
    return {"response": response.response_txt, **_sources(response)}


def _chat_response(response: Any) -> dict[str, Any]:
    return {"messages": [{"role": "assistant", "content": response.response}], **_sources(response)}


def _sources(response: Any) -> dict[str, Any]:
    return {"source_nodes": documents(response.source_nodes)} if response.source_nodes else {}


def _tool_output(output: Any) -> Any:
    return output.content if output.raw_output is None else readable(output.raw_output)


def _agent_output(output: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"messages": [chat_message(output.response)]}
    if output.structured_response is not None:
        found["structured_response"] = readable(output.structured_response)
    return found


def _event(event: Any) -> dict[str, Any]:
    fields = fields_of(event)
    return {"event": type(event).__name__, **(fields if isinstance(fields, dict) else {"result": fields})}


def _template(prompt: Any) -> Any:
    return readable(getattr(prompt, "template", None) or getattr(prompt, "message_templates", None))


_CONVERSIONS: Final[dict[str, Convert]] = {
    "ChatMessage": chat_message,
    "ChatResponse": lambda response: chat_message(response.message),
    "CompletionResponse": lambda response: response.text,
    "NodeWithScore": _document,
    "BaseNode": _document,
    "QueryBundle": query_text,
    "Response": _response,
    "PydanticResponse": _response,
    "StreamingResponse": _streaming_response,
    "AsyncStreamingResponse": _streaming_response,
    "AgentChatResponse": _chat_response,
    "StreamingAgentChatResponse": _chat_response,
    "ToolOutput": _tool_output,
    "AgentOutput": _agent_output,
    "Event": _event,
    "BasePromptTemplate": _template,
}

_conversions: WeakKeyDictionary[type, Convert | None] = WeakKeyDictionary()


def _conversion(of: type) -> Convert | None:
    if of not in _conversions:
        names = (base.__name__ for base in of.__mro__ if base.__module__.partition(".")[0] in FRAMEWORK_MODULES)
        _conversions[of] = next((_CONVERSIONS[name] for name in names if name in _CONVERSIONS), None)
    return _conversions[of]
