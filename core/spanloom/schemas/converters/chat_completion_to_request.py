"""Chat completion requests as Responses requests (https://platform.openai.com/docs/api-reference/chat/create)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.errors import SchemaError
from spanloom.schemas.converters.chat_to_responses import chat_to_responses
from spanloom.schemas.responses import ResponsesAgentRequest, validate_request

__all__ = ["chat_completion_request_to_responses"]

_RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
_OWN = frozenset({"messages", "n", "reasoning_effort", "response_format", "stream_options", "tool_choice", "tools"})


def chat_completion_request_to_responses(body: Mapping[str, Any]) -> ResponsesAgentRequest:
    """Return a chat completion request as a Responses request; fields that both do not know are kept.

    Raises:
        SchemaError: It has no messages, or they or other fields do not fit.

    Example:
        >>> request = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 10}
        >>> chat_completion_request_to_responses(request).max_output_tokens
        10
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise SchemaError("messages: should be a list of at least one message")
    if body.get("n") not in {None, 1}:
        raise SchemaError("n: an agent gives one answer; leave it out or set it to 1")
    fields: dict[str, Any] = {_RENAMED.get(name, name): body[name] for name in body if name not in _OWN}
    fields["input"] = _input(messages)
    if body.get("tools") is not None:
        fields["tools"] = [_flat(tool, "tools") for tool in _listed(body["tools"], "tools")]
    choice = body.get("tool_choice")
    if choice is not None:
        fields["tool_choice"] = choice if isinstance(choice, str) else _flat(choice, "tool_choice")
    if body.get("response_format") is not None:
        fields["text"] = {"format": _format(body["response_format"])}
    if body.get("reasoning_effort") is not None:
        fields["reasoning"] = {"effort": body["reasoning_effort"]}
    return validate_request(fields)


def _input(messages: list[Any]) -> list[dict[str, Any]]:
    for position, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise SchemaError(f"messages[{position}]: should be an object with 'role' and 'content'")
    try:
        return chat_to_responses(messages)
    except (AttributeError, KeyError, TypeError) as error:
        missing = f"{error} is missing" if isinstance(error, KeyError) else "a field has the wrong type"
        raise SchemaError(f"messages: {missing}") from error


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError(f"{name}: should be a list")
    return value


def _flat(tool: Any, name: str) -> dict[str, Any]:
    """Return a tool, or the choice of one, in the Responses form: the function's fields beside its type."""
    if not isinstance(tool, Mapping):
        raise SchemaError(f"{name}: should be an object with 'type'")
    function = tool.get("function")
    return {"type": "function", **function} if isinstance(function, Mapping) else dict(tool)


def _format(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise SchemaError("response_format: should be an object with 'type'")
    schema = given.get("json_schema")
    return {"type": "json_schema", **schema} if isinstance(schema, Mapping) else dict(given)
