"""What a model is given, whichever wire it stands on: chat completions, responses or Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson

__all__ = ["conversation"]

_ROLES = {"developer": "system"}


def conversation(body: Mapping[str, Any]) -> list[Any]:
    """Return the turns of a request, each as `[role, text]`, `["call", name, arguments]` or `["result", text]`."""
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
        yield ["result", _text(turn.get("output"))]
    elif turn.get("role") == "tool":
        yield ["result", _text(turn.get("content"))]
    elif "role" in turn:
        yield from _message(turn)


def _message(message: Mapping[str, Any]) -> Iterator[list[Any]]:
    role = _ROLES.get(message["role"], message["role"])
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    text = _text(content)
    if text:
        yield [role, text]
    for call in message.get("tool_calls") or ():
        yield _call(call.get("function", call))
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "tool_use":
            yield ["call", part["name"], part.get("input") or {}]
        elif isinstance(part, dict) and part.get("type") == "tool_result":
            yield ["result", _text(part.get("content"))]


def _call(call: Mapping[str, Any]) -> list[Any]:
    arguments = call.get("arguments") or "{}"
    if isinstance(arguments, str):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return ["call", call["name"], arguments]


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else part.get("text") or "" for part in content)
    return content if isinstance(content, str) else "" if content is None else orjson.dumps(content).decode()
