"""What a model is given, whichever wire it stands on: chat completions, responses or Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson

__all__ = ["conversation"]

_ROLES = {"developer": "system"}
_MEDIA = {
    **dict.fromkeys(("image", "image_url", "input_image"), "image"),
    **dict.fromkeys(("audio", "input_audio"), "audio"),
    **dict.fromkeys(("document", "file", "input_file"), "file"),
}
"""What the wires call parts that are no text."""


def conversation(body: Mapping[str, Any]) -> list[Any]:
    """Return the turns of a request.

    Each is `[role, text]`, `["call", name, arguments]`, `["result", text]`, or `["image", url]` before the text that
    it stands with, likewise `audio` and `file`.
    """
    turns = body.get("messages", body.get("input")) or []
    if isinstance(turns, str):
        turns = [{"role": "user", "content": turns}]
    instructions = body.get("system") or body.get("instructions")
    if instructions:
        turns = [{"role": "system", "content": instructions}, *turns]
    return [part for turn in turns for part in _turn(turn)]


def _turn(turn: Mapping[str, Any]) -> Iterator[list[Any]]:
    kind = turn.get("type")
    if kind == "function_call":
        yield _call(turn)
    elif kind == "function_call_output":
        yield from _said("result", turn.get("output"))
    elif turn.get("role") == "tool":
        yield from _said("result", turn.get("content"))
    elif "role" in turn:
        yield from _message(turn)


def _message(message: Mapping[str, Any]) -> Iterator[list[Any]]:
    role = _ROLES.get(message["role"], message["role"])
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    yield from (turn for turn in _said(role, content) if turn[-1])
    for call in message.get("tool_calls") or ():
        yield _call(call.get("function", call))
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "tool_use":
            yield ["call", part["name"], part.get("input") or {}]
        elif isinstance(part, dict) and part.get("type") == "tool_result":
            yield from _said("result", part.get("content"))


def _call(call: Mapping[str, Any]) -> list[Any]:
    arguments = call.get("arguments") or "{}"
    if isinstance(arguments, str):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return ["call", call["name"], arguments]


def _said(role: str, content: Any) -> Iterator[list[Any]]:
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") in _MEDIA:
            yield [_MEDIA[part["type"]], _reference(part)]
    yield [role, _text(content)]


def _reference(part: Mapping[str, Any]) -> Any:
    """Return the URL, data or id of a part that is no text, whichever wire it stands on."""
    held = next((part[name] for name in ("image_url", "input_audio", "file", "source") if part.get(name)), part)
    if isinstance(held, str):
        return held
    if held.get("type") == "base64":
        return f"data:{held['media_type']};base64,{held['data']}"
    return next((held[name] for name in ("url", "file_url", "file_data", "data", "file_id") if held.get(name)), held)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else part.get("text") or "" for part in content)
    return content if isinstance(content, str) else "" if content is None else orjson.dumps(content).decode()
