"""Requests as the arguments of `client.responses.create` and `client.chat.completions.create`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from spanloom.errors import AgentError
from spanloom.schemas.converters.responses_to_chat import to_chat_completions_input
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.wire import plain
from spanloom_adapters.openai.input_items import input_items

__all__ = ["chat_arguments", "expects_json", "responses_arguments"]

Arguments = dict[str, Any]

_SHARED = frozenset({"metadata", "parallel_tool_calls", "store", "temperature", "top_p", "user"})
_RESPONSES = _SHARED.union(
    ("instructions", "max_output_tokens", "previous_response_id", "reasoning", "text"),
    ("tool_choice", "tools", "truncation"),
)
_NOT_FROM_REQUESTS = frozenset(
    {"background", "extra_body", "extra_headers", "extra_query", "input", "messages", "model", "stream", "timeout"}
)
"""Arguments that are not the sender's business, even if the request has a field of that name."""


def responses_arguments(request: ResponsesAgentRequest, create: Callable[..., Any]) -> Arguments:
    """Return what the Responses API is asked; `create` tells which further fields of the request it knows."""
    arguments = {"input": input_items(request), **_given(request, _RESPONSES), **_more(request, create)}
    if "tools" in arguments:
        arguments["tools"] = [_flat(tool, "function") for tool in arguments["tools"]]
    if isinstance(arguments.get("tool_choice"), dict):
        arguments["tool_choice"] = _flat(arguments["tool_choice"], "function")
    return arguments


def chat_arguments(request: ResponsesAgentRequest, create: Callable[..., Any]) -> Arguments:
    """Return what the chat completions API is asked, likewise.

    Raises:
        AgentError: If the request needs what a chat completion can't do.
    """
    if request.previous_response_id is not None:
        raise AgentError(
            "chat completions do not keep responses, so previous_response_id can't be followed: name a "
            "context.conversation_id, send the whole conversation, or wrap(client, api='responses')"
        )
    items = [item.model_dump(exclude_none=True) for item in request.input_items()]
    arguments = {
        "messages": to_chat_completions_input(items, request.instructions),
        # Without it, the tokens of a streamed answer stay unknown.
        "stream_options": {"include_usage": True},
        **_given(request, _SHARED),
        **_text_arguments(plain(request.text) or {}),
        **_more(request, create),
    }
    if request.max_output_tokens is not None:
        arguments["max_completion_tokens"] = request.max_output_tokens
    if request.reasoning is not None and request.reasoning.effort is not None:
        arguments["reasoning_effort"] = request.reasoning.effort
    if request.tools is not None:
        arguments["tools"] = [_nested(tool, "function") for tool in request.tools]
    if request.tool_choice is not None:
        choice = request.tool_choice
        arguments["tool_choice"] = _nested(choice, "function") if isinstance(choice, dict) else choice
    return arguments


def expects_json(arguments: Mapping[str, Any]) -> bool:
    """Tell whether the answer was asked for as JSON, in either API."""
    wanted = arguments.get("response_format") or (arguments.get("text") or {}).get("format") or {}
    return isinstance(wanted, dict) and wanted.get("type") in {"json_schema", "json_object"}


def _given(request: ResponsesAgentRequest, fields: frozenset[str]) -> Arguments:
    return request.model_dump(include=set(fields), exclude_none=True)


def _more(request: ResponsesAgentRequest, create: Callable[..., Any]) -> Arguments:
    """Return the request's fields that only the provider knows, such as `service_tier` or `seed`."""
    extra = request.model_extra
    if not extra:
        return {}
    known = inspect.signature(create).parameters.keys() - _NOT_FROM_REQUESTS
    return {name: value for name, value in extra.items() if name in known and value is not None}


def _flat(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a tool or a choice of one as the Responses API has it."""
    inner = body.get(kind)
    return {"type": kind, **inner} if isinstance(inner, dict) else body


def _nested(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return it as chat completions have it: its fields under the name of its type."""
    if body.get("type") != kind or kind in body:
        return body
    return {"type": kind, kind: {name: value for name, value in body.items() if name != "type" and value is not None}}


def _text_arguments(text: Mapping[str, Any]) -> Arguments:
    arguments: Arguments = {}
    wanted = text.get("format") or {"type": "text"}
    if wanted["type"] != "text":
        arguments["response_format"] = _nested(wanted, "json_schema")
    if text.get("verbosity") is not None:
        arguments["verbosity"] = text["verbosity"]
    return arguments
