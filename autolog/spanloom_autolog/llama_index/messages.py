"""LlamaIndex's messages in OpenAI's chat form."""

from __future__ import annotations

import json
from typing import Any, Final

from spanloom_autolog.clients.fields import field

__all__ = ["chat_message"]

_ROLES: Final = {"model": "assistant", "chatbot": "assistant", "function": "tool"}
"""Where LlamaIndex's word for a role is not OpenAI's."""

_MEDIA: Final = {"image": ("image_url", "image"), "audio": ("input_audio", "audio"), "video": ("video_url", "video")}
"""By block type: the type of OpenAI's content part, and the block's field with the data."""


def chat_message(message: Any) -> dict[str, Any]:
    """Return a `ChatMessage` as `{"role": …, "content": …}`, with tool calls and reasoning where it has them."""
    role = getattr(message.role, "value", message.role)
    parts: list[dict[str, Any]] = []
    reasoning: list[str] = []
    calls: list[dict[str, Any]] = []
    for block in message.blocks:
        kind = block.block_type
        if kind == "thinking":
            reasoning.append(block.content or "")
        elif kind == "tool_call":
            calls.append(_tool_call(block.tool_call_id, block.tool_name, block.tool_kwargs))
        elif kind != "cache":
            parts.append(_part(kind, block))
    additional = message.additional_kwargs
    result: dict[str, Any] = {"role": _ROLES.get(role, role), "content": _content(parts)}
    if additional.get("name"):
        result["name"] = additional["name"]
    if role in ("tool", "function") and additional.get("tool_call_id"):
        result["tool_call_id"] = additional["tool_call_id"]
    calls = calls or [_openai_call(call) for call in additional.get("tool_calls") or ()]
    if calls and role not in ("tool", "function"):
        result["tool_calls"] = calls
        result["content"] = result["content"] or None
    if any(reasoning):
        result["reasoning_content"] = "\n".join(reasoning)
    if additional.get("refusal"):
        result["refusal"] = additional["refusal"]
        result["content"] = result["content"] or None
    return result


def _content(parts: list[dict[str, Any]]) -> Any:
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _part(kind: str, block: Any) -> dict[str, Any]:
    if kind == "text":
        return {"type": "text", "text": block.text}
    if kind in _MEDIA:
        name, data = _MEDIA[kind]
        return {"type": name, name: {"url": _source(block, data)}}
    if kind == "document":
        return {"type": "file", "file": {"filename": block.title, "file_data": _source(block, "data")}}
    if kind == "citation":
        return {"type": "text", "text": field(block.cited_content, "text") or "", "title": block.title}
    return {"type": kind, kind: block}


def _source(block: Any, data: str) -> Any:
    """Return the address, or the data itself: binary is recorded as size and digest."""
    if block.url:
        return str(block.url)
    if block.path:
        return str(block.path)
    content = getattr(block, data)
    return content if isinstance(content, bytes | str | None) else type(content).__name__


def _openai_call(call: Any) -> dict[str, Any]:
    function = field(call, "function")
    return _tool_call(field(call, "id"), field(function, "name"), field(function, "arguments"))


def _tool_call(call_id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    if not isinstance(arguments, str):
        arguments = json.dumps({} if arguments is None else arguments, ensure_ascii=False, default=str)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
