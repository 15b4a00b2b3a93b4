"""What kind of thing a function gave, told by its fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from pydantic import BaseModel

__all__ = ["Shape", "shape_of"]

_ITEMS = frozenset({"message", "reasoning", "mcp_approval_request", "mcp_approval_response", "mcp_list_tools"})
_WHOLE = frozenset({"response", "chat.completion"})
_ROLES = frozenset({"assistant", "developer", "system", "tool", "user"})


class Shape(Enum):
    """The kinds."""

    EVENT = auto()
    """An event of a response stream."""
    CHUNK = auto()
    """A chunk of a chat completion."""
    RESPONSE = auto()
    """A whole response, chat completion or chat agent's answer."""
    MESSAGE = auto()
    """A chat message."""
    ITEM = auto()
    """A Responses item."""
    STRUCTURED = auto()
    """Any other mapping, model or dataclass: a value that the answer is."""


def shape_of(value: Any) -> Shape | None:
    """Return what kind of thing it is; `None` for what no agent could say."""
    if isinstance(value, Mapping | BaseModel):
        for shape, fits in _TESTS:
            if fits(value):
                return shape
        return Shape.STRUCTURED
    return Shape.STRUCTURED if dataclasses.is_dataclass(value) and not isinstance(value, type) else None


def _is_event(value: Any) -> bool:
    kind = _field(value, "type")
    return isinstance(kind, str) and (kind.startswith("response.") or kind == "error")


def _is_item(value: Any) -> bool:
    kind = _field(value, "type")
    return isinstance(kind, str) and (kind in _ITEMS or kind.endswith(("_call", "_call_output")))


def _is_chunk(value: Any) -> bool:
    return _field(value, "object") == "chat.completion.chunk" or _all(value, "choices", "delta")


def _is_response(value: Any) -> bool:
    lists = (("choices", "message"), ("output", "type"), ("messages", "role"))
    return _field(value, "object") in _WHOLE or any(_all(value, name, inner) for name, inner in lists)


def _is_message(value: Any) -> bool:
    return _field(value, "role") in _ROLES and bool(_field(value, "content") or _field(value, "tool_calls"))


_TESTS = (
    (Shape.EVENT, _is_event),
    (Shape.CHUNK, _is_chunk),
    (Shape.ITEM, _is_item),
    (Shape.RESPONSE, _is_response),
    (Shape.MESSAGE, _is_message),
)


def _all(value: Any, name: str, inner: str) -> bool:
    """Tell whether the field is a list, not empty, of things that all have the field `inner`."""
    things = _field(value, name)
    return isinstance(things, list) and bool(things) and all(_field(thing, inner) is not None for thing in things)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
