"""Content blocks of messages: LangChain's own, and those that providers' integrations pass through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["chat_content", "reasoning_of", "refusal_of"]

_ELSEWHERE = frozenset(
    {
        "function_call",
        "input_json_delta",
        "invalid_tool_call",
        "reasoning",
        "redacted_thinking",
        "refusal",
        "thinking",
        "tool_call",
        "tool_call_chunk",
        "tool_use",
    }
)
"""Blocks that the chat form keeps in other fields of the message."""


def chat_content(content: Any) -> str | list[Any]:
    """Return content as text, or as a list of OpenAI's content parts where it is more than text."""
    if isinstance(content, str):
        return content
    parts = [_part(block) for block in content if not (isinstance(block, Mapping) and block.get("type") in _ELSEWHERE)]
    texts = [part.get("text") for part in parts if part.get("type") == "text"]
    if len(texts) == len(parts):
        return "".join(text for text in texts if isinstance(text, str))
    return parts


def reasoning_of(content: Any, additional: Mapping[str, Any]) -> str | None:
    """Return the reasoning text of an answer."""
    texts = [additional.get("reasoning_content")]
    blocks = [additional.get("reasoning"), *(content if not isinstance(content, str) else ())]
    for block in blocks:
        if isinstance(block, Mapping) and (block is blocks[0] or block.get("type") in ("reasoning", "thinking")):
            texts += [block.get("reasoning"), block.get("thinking")]
            texts += [item.get("text") for item in block.get("summary") or () if isinstance(item, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str) and text) or None


def refusal_of(content: Any, additional: Mapping[str, Any]) -> str | None:
    """Return the text of a refusal."""
    refusal = additional.get("refusal")
    if isinstance(refusal, str) and refusal:
        return refusal
    if isinstance(content, str):
        return None
    texts = [block.get("refusal") for block in content if isinstance(block, Mapping) and block.get("type") == "refusal"]
    return "".join(text for text in texts if isinstance(text, str)) or None


def _part(block: Any) -> dict[str, Any]:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    kind = block.get("type")
    if kind in ("text", "input_text", "output_text"):
        return {"type": "text", "text": block.get("text")}
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": _url(block)}}
    if kind == "audio" and _base64(block):
        sound = str(_mime_type(block) or "").removeprefix("audio/")
        return {"type": "input_audio", "input_audio": {"data": _base64(block), "format": sound}}
    if kind == "file" and "file" not in block:
        name = block.get("filename") or (block.get("metadata") or {}).get("filename")
        return {"type": "file", "file": {"file_data": _url(block), **({"filename": name} if name else {})}}
    return dict(block)


def _url(block: Mapping[str, Any]) -> str | None:
    """Return the address of an image or a file, or its data as such; Anthropic wraps both in `source`."""
    source = block.get("source")
    block = source if isinstance(source, Mapping) else block
    data = _base64(block)
    if data:
        return f"data:{_mime_type(block)};base64,{data}"
    return block.get("url") or block.get("file_id") or block.get("id")


def _base64(block: Mapping[str, Any]) -> Any:
    return block.get("base64") or block.get("data")


def _mime_type(block: Mapping[str, Any]) -> Any:
    return block.get("mime_type") or block.get("media_type")
