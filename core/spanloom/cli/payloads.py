"""Inputs and outputs of a span, in one line each: the last message of a conversation, else the start of the JSON."""

from __future__ import annotations

from typing import Any, Final

import orjson

from spanloom.cli.formats import one_line

__all__ = ["payload_line"]

_LIMIT = 240
_HOLDERS: Final = (
    *("messages", "input", "output", "contents"),  # of requests, and of responses
    *("choices", "candidates", "generations", "message", "content"),  # of one of several answers
)
_ROLES: Final = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "system": "system", "tool": "tool"}
_ITEM_ROLES: Final = {"function_call": "assistant", "function_call_output": "tool"}


def payload_line(value: Any) -> str:
    """Return the line; empty where there is nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return one_line(value, _LIMIT)
    message = _last_message(value)
    if message is not None:
        return one_line(_message_text(message), _LIMIT)
    return one_line(orjson.dumps(value).decode(), _LIMIT)


def _last_message(value: Any) -> dict[str, Any] | None:
    if isinstance(value, list):
        return next(filter(None, map(_last_message, reversed(value))), None)
    if not isinstance(value, dict):
        return None
    if _role(value) is not None:
        return value
    held = (value[key] for key in _HOLDERS if isinstance(value.get(key), list | dict))
    return next(filter(None, map(_last_message, held)), None)


def _role(value: dict[str, Any]) -> str | None:
    """Return who says a message, `None` if the value is none; some have a type instead."""
    if any(key in value for key in ("content", "tool_calls", "parts")):
        role = value.get("role") or _ROLES.get(str(value.get("type")))
        return role if isinstance(role, str) else None
    return _ITEM_ROLES.get(str(value.get("type")))


def _message_text(message: dict[str, Any]) -> str:
    if message.get("type") == "function_call":
        return f"assistant: {_call_text({'function': message})}"
    content = next(filter(None, map(message.get, ("content", "parts", "refusal", "output"))), None)
    parts = [_part_text(part) for part in (content if isinstance(content, list) else [content])]
    calls = message.get("tool_calls")
    parts += [_call_text(call) for call in (calls if isinstance(calls, list) else ())]
    return f"{_role(message)}: {' · '.join(part for part in parts if part)}"


def _part_text(part: Any) -> str:
    if isinstance(part, dict):
        return part["text"] if isinstance(part.get("text"), str) else f"[{part.get('type', 'part')}]"
    return str(part) if part is not None else ""


def _call_text(call: Any) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return ""
    return f"{function.get('name')}({function.get('arguments', '')})"
