"""Items of a request as LangChain messages, in forms that every wire of every chat model understands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.content import input_content, output_block

__all__ = ["request_messages", "to_messages"]

_NOT_FOR_MODELS = frozenset({"mcp_approval_request", "mcp_approval_response"})


def request_messages(request: ResponsesAgentRequest) -> list[BaseMessage]:
    """Return the request's instructions and input as LangChain messages."""
    messages = to_messages(item.model_dump() for item in request.input_items())
    if request.instructions:
        messages.insert(0, SystemMessage(request.instructions, id=_new_id()))
    return messages


def to_messages(items: Iterable[dict[str, Any]]) -> list[BaseMessage]:
    """Return Responses items as LangChain messages, each with an id.

    An assistant's reasoning, message and function calls that follow each other are one `AIMessage`, as the model wrote
    them in one turn. Approvals are left out: they are for the agent, not for its model.

    Example:
        >>> to_messages([{"type": "function_call_output", "call_id": "call_1", "output": "21"}])[0].tool_call_id
        'call_1'
    """
    messages: list[BaseMessage] = []
    turn: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for item in items:
        kind, role = item.get("type", "message"), item.get("role")
        if kind in _NOT_FOR_MODELS:
            continue
        if kind == "function_call":
            names[item["call_id"]] = item["name"]
        if kind == "function_call_output" or (kind == "message" and role != "assistant"):
            _end_turn(turn, messages)
            messages.append(_tool_message(item, names) if kind == "function_call_output" else _message(item))
            continue
        if turn and (kind == "reasoning" or (kind == "message" and _has_message(turn))):
            _end_turn(turn, messages)
        turn.append(item)
    _end_turn(turn, messages)
    return messages


def _has_message(turn: list[dict[str, Any]]) -> bool:
    return any(item.get("type", "message") == "message" for item in turn)


def _message(item: dict[str, Any]) -> BaseMessage:
    content, message_id = input_content(item["content"]), item.get("id") or _new_id()
    if item["role"] == "user":
        return HumanMessage(content, id=message_id)
    if item["role"] == "developer":
        return SystemMessage(content, id=message_id, additional_kwargs={"__openai_role__": "developer"})
    return SystemMessage(content, id=message_id)


def _tool_message(item: dict[str, Any], names: dict[str, str]) -> ToolMessage:
    call_id = item["call_id"]
    return ToolMessage(
        input_content(item["output"]), tool_call_id=call_id, name=names.get(call_id), id=item.get("id") or _new_id()
    )


def _end_turn(turn: list[dict[str, Any]], messages: list[BaseMessage]) -> None:
    if turn:
        messages.append(_ai_message(turn))
        turn.clear()


def _ai_message(turn: list[dict[str, Any]]) -> AIMessage:
    blocks: list[Any] = []
    fields: dict[str, Any] = {"tool_calls": [], "invalid_tool_calls": [], "id": _new_id()}
    for item in turn:
        kind = item.get("type", "message")
        if kind == "function_call":
            _add_call(item, fields)
        elif kind == "message":
            content = item["content"]
            parts = [{"type": "output_text", "text": content}] if isinstance(content, str) else content
            blocks += [output_block(part) for part in parts]
            fields["id"] = item.get("id") or fields["id"]
        else:
            blocks.append(_without_status(item))
    plain = all(block["type"] == "text" for block in blocks)
    return AIMessage("".join(block["text"] for block in blocks) if plain else blocks, **fields)


def _add_call(item: dict[str, Any], fields: dict[str, Any]) -> None:
    call = {"name": item["name"], "id": item["call_id"]}
    try:
        arguments = json.loads(item["arguments"] or "{}")
    except ValueError:
        arguments = None
    if isinstance(arguments, dict):
        fields["tool_calls"].append({**call, "args": arguments, "type": "tool_call"})
    else:
        error = "the arguments are not a JSON object"
        fields["invalid_tool_calls"].append(
            {**call, "args": item["arguments"], "error": error, "type": "invalid_tool_call"}
        )


def _without_status(item: dict[str, Any]) -> dict[str, Any]:
    # OpenAI answers a reasoning item that has a status with HTTP 400.
    return {name: value for name, value in item.items() if name != "status" or item["type"] != "reasoning"}


def _new_id() -> str:
    return str(uuid4())
