"""Inputs and outputs of a span, in one line each: the last message of a conversation, else the start of the JSON."""

from __future__ import annotations

from typing import Any

import orjson

from spanloom.cli.formats import one_line

__all__ = ["payload_line"]

_LIMIT = 240


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
    if isinstance(value, dict):
        for key in ("messages", "input", "output"):
            if isinstance(value.get(key), list | dict):
                return _last_message(value[key])
        return value if "role" in value and ("content" in value or "tool_calls" in value) else None
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        return _last_message(value[-1])
    return None


def _message_text(message: dict[str, Any]) -> str:
    content = message.get("content") or message.get("refusal")
    parts = [_part_text(part) for part in (content if isinstance(content, list) else [content])]
    calls = message.get("tool_calls")
    parts += [_call_text(call) for call in (calls if isinstance(calls, list) else ())]
    return f"{message['role']}: {' · '.join(part for part in parts if part)}"


def _part_text(part: Any) -> str:
    if isinstance(part, dict):
        return part["text"] if isinstance(part.get("text"), str) else f"[{part.get('type', 'part')}]"
    return str(part) if part is not None else ""


def _call_text(call: Any) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return ""
    return f"{function.get('name')}({function.get('arguments', '')})"
