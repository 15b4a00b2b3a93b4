"""One line for what a trace was asked and what it answered."""

from __future__ import annotations

from typing import Any

import orjson

from spanloom.tracing.snapshot import cut_text

__all__ = ["MAX_PREVIEW", "conversation_text", "preview"]

MAX_PREVIEW = 1000
_LANGCHAIN_TYPES = {"user": "human", "assistant": "ai"}


def preview(data: bytes | None, role: str) -> str | None:
    """Return the last text of `role` if the JSON is a conversation, else the start of the JSON text."""
    if data is None:
        return None
    value = orjson.loads(data)
    text = conversation_text(value, role)
    if text is None:
        text = value if isinstance(value, str) else data.decode()
    return cut_text(text, MAX_PREVIEW)


def conversation_text(value: Any, role: str) -> str | None:
    """Return the last text of `role` in any shape that conversations come in, `None` where there is none.

    The shapes: requests, responses, chat completions, bare lists of messages (LangChain's own, too), one message.
    """
    if isinstance(value, list):
        return _last_message_text(value, role)
    if not isinstance(value, dict):
        return None
    if role == "user" and isinstance(value.get("input"), str):
        return str(value["input"])
    for key in ("messages", "input", "output", "request"):
        if key in value:
            text = conversation_text(value[key], role)
            if text is not None:
                return text
    choices = value.get("choices")
    if isinstance(choices, list):
        return conversation_text([choice.get("message") for choice in choices if isinstance(choice, dict)], role)
    return _message_text(value, role)


def _last_message_text(messages: list[Any], role: str) -> str | None:
    for message in reversed(messages):
        text = _message_text(message, role)
        if text:
            return text
    return None


def _message_text(value: Any, role: str) -> str | None:
    if isinstance(value, dict) and (value.get("role") == role or value.get("type") == _LANGCHAIN_TYPES.get(role, role)):
        return _content_text(value.get("content"))
    return None


def _content_text(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        return "\n".join(parts) or None
    return None
