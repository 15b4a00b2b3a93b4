"""Messages of the GenAI conventions in OpenAI's chat form.

The conventions' own form is `{"role": …, "parts": [{"type": "text", "content": …}, …]}`. Older instrumentations put the
provider's form instead, OpenAI's or Bedrock's content blocks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["chat_messages", "json_text"]

_REASONING = frozenset({"reasoning", "thinking"})
_RESPONSES = frozenset({"tool_call_response", "toolResult"})


def chat_messages(messages: Any) -> list[dict[str, Any]]:
    """Return messages in the chat form; results of tools become messages of their own."""
    found: list[dict[str, Any]] = []
    for message in messages if isinstance(messages, list) else [messages]:
        found += _chat_messages(message)
    return found


def _chat_messages(message: Any) -> list[dict[str, Any]]:
    if not isinstance(message, Mapping):
        return [{"role": "user", "content": message}]
    parts = message.get("parts", message.get("content"))
    if not isinstance(parts, list):
        return [{key: value for key, value in message.items() if key != "finish_reason"}]
    blocks = [_block(part) for part in parts]
    results = [_tool_message(block) for kind, block in blocks if kind in _RESPONSES]
    blocks = [(kind, block) for kind, block in blocks if kind not in _RESPONSES]
    kept = {key: value for key, value in message.items() if key not in ("parts", "content", "finish_reason")}
    return results if results and not blocks else [*results, {**kept, **_said(blocks)}]


def _block(part: Any) -> tuple[str, Any]:
    """Return the kind of a part, and the part."""
    if isinstance(part, str):
        return "text", {"content": part}
    if not isinstance(part, Mapping):
        return "", part
    if "type" in part:
        return str(part["type"]), part
    # A content block of Bedrock has its kind as its only key.
    for kind in ("text", "toolUse", "toolResult", "reasoningContent", "image", "document"):
        if kind in part:
            return kind, part[kind] if isinstance(part[kind], Mapping) else {"content": part[kind]}
    return "", part


def _said(blocks: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return content, tool calls and reasoning of a message."""
    texts = [_text(block) for kind, block in blocks if kind == "text"]
    calls = [_tool_call(block) for kind, block in blocks if kind in ("tool_call", "toolUse")]
    reasoning = [text for kind, block in blocks if (text := _reasoning(kind, block))]
    known = {"text", "tool_call", "toolUse", "reasoningContent", *_REASONING}
    others = [_other(kind, block) for kind, block in blocks if kind not in known]
    content: Any = "".join(text for text in texts if text)
    if others:
        content = [*({"type": "text", "text": text} for text in texts), *others]
    said: dict[str, Any] = {"content": content or (None if calls else content)}
    if calls:
        said["tool_calls"] = calls
    if reasoning:
        said["reasoning_content"] = "\n".join(reasoning)
    return said


def _text(block: Mapping[str, Any]) -> str:
    return str(block.get("content", block.get("text")) or "")


def _reasoning(kind: str, block: Any) -> str | None:
    if kind in _REASONING:
        return _text(block)
    if kind == "reasoningContent":
        inner = block.get("reasoningText")
        return inner.get("text") if isinstance(inner, Mapping) else None
    return None


def _tool_call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json_text(block.get("arguments", block.get("input")))
    function = {"name": block.get("name"), "arguments": arguments or "{}"}
    return {"id": block.get("id", block.get("toolUseId")), "type": "function", "function": function}


def _tool_message(block: Mapping[str, Any]) -> dict[str, Any]:
    result = next((block[key] for key in ("response", "result", "content") if key in block), None)
    content = result if isinstance(result, str | None) else json_text(result)
    return {"role": "tool", "tool_call_id": block.get("id", block.get("toolUseId")), "content": content}


def _other(kind: str, block: Any) -> dict[str, Any]:
    """Return media as a content part; anything else is kept as it is."""
    if not isinstance(block, Mapping):
        return {"type": "text", "text": json_text(block)}
    if kind == "uri":
        url = block.get("uri")
        return _image(url) if block.get("modality") == "image" else {"type": "file", "file": {"file_url": url}}
    if kind == "file" and "file_id" in block:
        return {"type": "file", "file": {"file_id": block["file_id"]}}
    if kind == "blob":
        media, data = str(block.get("mime_type") or ""), block.get("content")
        family, _, name = media.partition("/")
        if "audio" in (block.get("modality"), family):
            return {"type": "input_audio", "input_audio": {"data": data, "format": name}}
        url = f"data:{media};base64,{data}"
        is_image = "image" in (block.get("modality"), family)
        return _image(url) if is_image else {"type": "file", "file": {"file_data": url}}
    return {**block, "type": kind} if kind else dict(block)


def _image(url: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def json_text(value: Any) -> str:
    """Return a value as JSON; a text is JSON already."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
