"""What a tool was given, as JSON that tells one call from another."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from typing import Any, Final

import orjson

from spanloom.cassettes.shapes import adapter_of, is_plain

__all__ = ["stable_arguments"]

_MAX_DEPTH = 32
_NOTHING: Final = object()
"""Of an object that has no content of its own: a client, a function, a framework's context."""


def stable_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that can be compared with those of another run, in the form that spans have them in.

    Binary becomes its digest. What holds an object without a content of its own is left out as a whole: frameworks
    inject such things, and the model never gave them.
    """
    kept = {name: _stable_or_nothing(value) for name, value in arguments.items()}
    return {name: value for name, value in kept.items() if value is not _NOTHING}


def _stable_or_nothing(value: Any) -> Any:
    if is_plain(value):
        return value
    try:
        return _stable(value, 0)
    except Exception:
        return _NOTHING  # objects of any library may refuse, in their own ways


def _stable(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return _NOTHING
    for kinds, convert in _CONTAINERS:
        if isinstance(value, kinds):
            return convert(value, depth)
    serializer = getattr(type(value), "__pydantic_serializer__", None)
    if serializer is not None:
        content = serializer.to_python(value, warnings=False)
        return _whole(content, depth) if isinstance(content, dict) else _stable(content, depth + 1)
    if is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in fields(value) if not field.name.startswith("_")]  # as in spans
        return _whole({name: getattr(value, name) for name in shown}, depth)
    return _scalar(value)


def _binary(value: bytes | bytearray | memoryview, _depth: int) -> dict[str, Any]:
    data = bytes(value)
    return {"type": "binary", "size": len(data), "sha256": sha256(data).hexdigest()}


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    items = {str(key): _stable(item, depth + 1) for key, item in value.items()}
    return {key: item for key, item in items.items() if item is not _NOTHING}


def _sequence(value: Any, depth: int) -> Any:
    return _whole(value._asdict(), depth) if hasattr(value, "_asdict") else _each(value, depth)


_CONTAINERS: Final[tuple[tuple[Any, Callable[[Any, int], Any]], ...]] = (
    (Enum, lambda value, depth: _stable(value.value, depth + 1)),
    ((bytes, bytearray, memoryview), _binary),
    (Mapping, _mapping),
    # their own order differs from process to process
    (AbstractSet, lambda value, depth: sorted(_each(value, depth), key=orjson.dumps)),
    ((list, tuple, deque), _sequence),
)


def _each(values: Any, depth: int) -> list[Any]:
    items = [_stable(item, depth + 1) for item in values]
    return [None if item is _NOTHING else item for item in items]


def _whole(content: dict[str, Any], depth: int) -> Any:
    """Return the fields of an object, or nothing if one of them is: that of a context differs in each run."""
    items = {name: _stable(item, depth + 1) for name, item in content.items()}
    return _NOTHING if any(item is _NOTHING for item in items.values()) else items


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))
    except orjson.JSONEncodeError:
        if isinstance(value, int):  # beyond 64 bits
            return str(value)
    kind: Any = type(value)
    try:
        content = adapter_of(kind).dump_python(value, mode="json")
    except Exception:
        return _NOTHING
    return content if is_plain(content) else _NOTHING
