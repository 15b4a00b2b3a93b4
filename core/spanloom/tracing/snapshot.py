"""Snapshots: what a span records is serialised to JSON the moment it is set, because callers mutate it later."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import Any

import orjson

from spanloom.tracing.settings import settings

__all__ = ["cut_text", "snapshot", "storable_text"]

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_MAX_DEPTH = 64
_MAX_SAFE_INTEGER = 2**63


def snapshot(value: Any) -> bytes:
    """Return `value` as JSON that later changes cannot reach.

    Never calls `repr`, `str` or an iterator of an object it does not know: a stream, a client or a lazy result would be
    consumed or fail. Those become `"<module.Type>"`, binary becomes size and digest, and a value above
    `max_payload_bytes` is cut with an explicit marker.
    """
    try:
        data = orjson.dumps(value, _plain, _OPTIONS)
    except Exception:
        # Cycles, lone surrogates, huge integers, odd keys: rare, so only they pay for the tolerant copy.
        data = orjson.dumps(_tolerant(value, 0), None, _OPTIONS)
    if len(data) > settings.max_payload_bytes:
        data = _cut(data, settings.max_payload_bytes)
    # A copy of the right size: orjson leaves kilobytes of spare room behind, which a span that waits would hold.
    return bytes(memoryview(data))


def cut_text(text: str, limit: int) -> str:
    """Return `text`, cut with an explicit marker if it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [cut: {len(text) - limit} more characters]"


def storable_text(value: object) -> str:
    """Return the value as a text that every store takes: PostgreSQL has no NUL, and UTF-8 no halves of characters."""
    text = str.__str__(value) if isinstance(value, str) else str(value)
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    # JavaScript's halves that belong together become the character.
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plain(value: Any) -> Any:
    """Turn one object that the encoder does not know into one that it knows."""
    serializer = getattr(type(value), "__pydantic_serializer__", None)
    if serializer is not None:
        return serializer.to_python(value, mode="json", fallback=_plain, warnings=False)
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    return _type_name(value)


def _binary(value: bytes | bytearray | memoryview) -> dict[str, Any]:
    data = bytes(value)
    return {"type": "binary", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _sequence(value: tuple[Any, ...]) -> Any:
    as_dict = getattr(value, "_asdict", None)
    return as_dict() if as_dict is not None else list(value)


def _qualified_name(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"


def _type_name(value: Any) -> str:
    return f"<{_qualified_name(type(value))}>"


_CONVERSIONS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((bytes, bytearray, memoryview), _binary),
    (tuple, _sequence),
    ((AbstractSet, deque), list),
    (Mapping, dict),
    ((Decimal, Fraction, PurePath, complex), str),
    (BaseException, lambda error: {"type": _qualified_name(type(error)), "message": str(error)}),
    ((type, FunctionType, MethodType), _qualified_name),
    (ModuleType, lambda module: module.__name__),
)


def _tolerant(value: Any, depth: int) -> Any:
    """Copy `value` into what every JSON encoder takes."""
    if depth > _MAX_DEPTH:
        return f"… [cut: nested deeper than {_MAX_DEPTH}]"
    if isinstance(value, Mapping):
        return {_tolerant_key(key): _tolerant(item, depth + 1) for key, item in list(value.items())}
    if isinstance(value, list | tuple | AbstractSet | deque):
        return [_tolerant(item, depth + 1) for item in list(value)]
    return _tolerant_scalar(value)


def _tolerant_key(key: Any) -> str:
    return str(_tolerant_scalar(key)) if isinstance(key, str | int | float | None) else _type_name(key)


def _tolerant_scalar(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int) and not -_MAX_SAFE_INTEGER <= value < _MAX_SAFE_INTEGER:
        return str(value)
    try:
        return orjson.loads(orjson.dumps(value, _plain, _OPTIONS))
    except Exception:
        return _type_name(value)


def _cut(data: bytes, limit: int) -> bytes:
    """Shorten strings and lists, more and more, until the JSON fits `limit` bytes."""
    value = orjson.loads(data)
    text_limit = limit // 4
    while text_limit >= 64:  # noqa: PLR2004 - below this nothing readable is left
        shorter = orjson.dumps(_shorten(value, text_limit))
        if len(shorter) <= limit:
            return shorter
        text_limit //= 4
    return orjson.dumps(cut_text(data.decode(), limit // 4))


def _shorten(value: Any, text_limit: int) -> Any:
    if isinstance(value, str):
        return cut_text(value, text_limit)
    if isinstance(value, list):
        kept = [_shorten(item, text_limit) for item in value[:text_limit]]
        return [*kept, f"… [cut: {len(value) - text_limit} more items]"] if len(value) > text_limit else kept
    if isinstance(value, dict):
        return {key: _shorten(item, text_limit) for key, item in value.items()}
    return value
