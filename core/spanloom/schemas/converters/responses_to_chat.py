"""Responses items to chat completion messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from spanloom.schemas.wire import plain

__all__ = ["to_chat_completions_input"]

_TEXT_PARTS = frozenset({"input_text", "output_text", "text"})


def to_chat_completions_input(items: Iterable[Any], instructions: str | None = None) -> list[dict[str, Any]]:
    """Return the chat completion messages that say what the items say.

    Calls that follow each other, or an assistant message, become one assistant message, because the chat
    completions API wants all parallel calls in one. A message with several parts stays one message.
    Reasoning and hosted tool calls have no place in a chat and are left out.

    Args:
        items: Items of a request or a response, as dicts or models.
        instructions: Put in front as a system message.

    Example:
        >>> to_chat_completions_input([{"type": "function_call_output", "call_id": "c1", "output": "3"}])
        [{'role': 'tool', 'content': '3', 'tool_call_id': 'c1'}]
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}] if instructions else []
    for item in items:
        body = plain(item)
        kind = body.get("type", "message")
        if kind == "message":
            messages.append(_message(body))
        elif kind == "function_call":
            _add_call(messages, body["call_id"], body["name"], body["arguments"])
        elif kind == "function_call_output":
            messages.append(_tool_message(body["call_id"], _tool_content(body["output"])))
        elif kind == "mcp_approval_request":
            _add_call(messages, body["id"], body["name"], body["arguments"])
        elif kind == "mcp_approval_response":
            messages.append(_tool_message(body["approval_request_id"], str(body["approve"])))
    return messages


def _add_call(messages: list[dict[str, Any]], call_id: str, name: str, arguments: str) -> None:
    call = {"id": call_id, "type": "function", "function": {"arguments": arguments, "name": name}}
    last = messages[-1] if messages else None
    if last is None or last["role"] != "assistant":
        last = {"role": "assistant", "content": None}
        messages.append(last)
    last.setdefault("tool_calls", []).append(call)


def _tool_message(call_id: str, content: str | list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": call_id}


def _tool_content(output: Any) -> str | list[dict[str, Any]]:
    if isinstance(output, str):
        return output
    if isinstance(output, list) and output and all(_is_text(part) for part in output):
        return [{"type": "text", "text": part["text"]} for part in output]
    # Chat completions take only text from tools.
    return json.dumps(output)


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in _TEXT_PARTS and set(part) <= {"type", "text"}


def _message(item: Mapping[str, Any]) -> dict[str, Any]:
    content = item["content"]
    message: dict[str, Any] = {"role": item["role"], "content": content}
    if isinstance(content, str):
        return message
    if len(content) == 1:
        part = content[0]
        if part["type"] in _TEXT_PARTS:
            return {**message, "content": part["text"]}
        if part["type"] == "refusal":
            return {**message, "content": None, "refusal": part["refusal"]}
    return {**message, "content": [_part(part) for part in content]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    if kind in _TEXT_PARTS:
        return {"type": "text", "text": part["text"]}
    if kind == "input_image" and part.get("image_url") is not None:
        image = {"url": part["image_url"]}
        if part.get("detail") is not None:
            image["detail"] = part["detail"]
        return {"type": "image_url", "image_url": image}
    if kind in {"input_image", "input_file"}:
        names = ("file_id", "file_data", "file_url", "filename")
        return {
            "type": "file",
            "file": {name: part[name] for name in names if part.get(name) is not None},
        }
    return dict(part)  # refusals and sound look the same in both
