"""What the server asks of a request before it looks at the script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.testing.provider.embeddings import embeddings_inputs
from spanloom.testing.provider.replies import ErrorReply
from spanloom.testing.provider.wire_error import invalid_request

__all__ = ["CHAT", "EMBEDDINGS", "MESSAGES", "MODELS", "RESPONSES", "find_problem"]

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
EMBEDDINGS = "/v1/embeddings"
MESSAGES = "/v1/messages"
MODELS = "/v1/models"

_METHODS = {CHAT: "POST", RESPONSES: "POST", MESSAGES: "POST", EMBEDDINGS: "POST", MODELS: "GET"}


def find_problem(method: str, path: str, body: Any) -> ErrorReply | None:
    """What is wrong with the request, or None."""
    if path not in _METHODS:
        known = ", ".join(f"{verb} {route}" for route, verb in _METHODS.items())
        message = f"Unknown request URL: {method} {path}. This server knows {known}."
        return invalid_request(message, code="unknown_url", status=404)
    if method != _METHODS[path]:
        message = f"Not allowed to {method} on {path} (allowed: {_METHODS[path]})."
        return invalid_request(message, code="method_not_supported", status=405)
    if path == MODELS:
        return None
    if not isinstance(body, dict):
        return invalid_request(
            "We could not parse the JSON body of your request: expected a JSON object with Content-Length."
        )
    if not isinstance(body.get("model"), str) or not body["model"]:
        return invalid_request("You must provide a model parameter: a non-empty string.", param="model")
    return _BODY_CHECKS[path](body)


def _chat_problem(body: dict[str, Any]) -> ErrorReply | None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return invalid_request("Invalid 'messages': expected an array with at least one message.", param="messages")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            param = f"messages[{index}]"
            return invalid_request(f"Invalid '{param}': expected an object with a role.", param=param)
    return _stream_problem(body)


def _responses_problem(body: dict[str, Any]) -> ErrorReply | None:
    if not isinstance(body.get("input", ""), str | list):
        return invalid_request("Invalid 'input': expected a string or an array of items.", param="input")
    tools = body.get("tools")
    if tools is not None and not (isinstance(tools, list) and all(isinstance(tool, dict) for tool in tools)):
        return invalid_request("Invalid 'tools': expected an array of objects.", param="tools")
    return _stream_problem(body)


def _anthropic_problem(body: dict[str, Any]) -> ErrorReply | None:
    limit = body.get("max_tokens")
    if not isinstance(limit, int) or limit < 1:
        return invalid_request("max_tokens: expected a positive integer.", param="max_tokens")
    if not isinstance(body.get("system", ""), str | list):
        return invalid_request("system: expected a string or an array of blocks.", param="system")
    for index, message in enumerate(body.get("messages") or ()):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str | list):
            param = f"messages[{index}]"
            expected = "an object with a role and a content, a string or an array of blocks"
            return invalid_request(f"Invalid '{param}': expected {expected}.", param=param)
    return _chat_problem(body)


def _embeddings_problem(body: dict[str, Any]) -> ErrorReply | None:
    if embeddings_inputs(body.get("input")) is None:
        expected = "a string, or a non-empty array of strings, of tokens, or of token arrays"
        return invalid_request(f"Invalid 'input': expected {expected}.", param="input")
    dimensions = body.get("dimensions")
    if dimensions is not None and (not isinstance(dimensions, int) or dimensions < 1):
        return invalid_request("Invalid 'dimensions': expected a positive integer.", param="dimensions")
    return None


def _stream_problem(body: dict[str, Any]) -> ErrorReply | None:
    if not isinstance(body.get("stream"), bool | None):
        return invalid_request("Invalid 'stream': expected a boolean.", param="stream")
    return None


_BODY_CHECKS: dict[str, Callable[[dict[str, Any]], ErrorReply | None]] = {
    CHAT: _chat_problem,
    RESPONSES: _responses_problem,
    MESSAGES: _anthropic_problem,
    EMBEDDINGS: _embeddings_problem,
}
