"""Python values as JSON, and back as exactly what they were: with the types of all that is in them, or not at all."""

from __future__ import annotations

import importlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import orjson
from pydantic import TypeAdapter

__all__ = ["adapter_of", "class_of", "dumped", "is_plain", "loaded", "name_of"]

_SEQUENCES: Mapping[str, type[Any]] = {f"builtins:{kind.__name__}": kind for kind in (list, tuple, set, frozenset)}
_PLAIN = frozenset({str, int, float, bool, type(None)})


def dumped(value: Any) -> tuple[Any, Any]:
    """Return a value as JSON, and its shape: how to make it again.

    A shape is `None` for what JSON brings back itself, the name of a class that pydantic makes out of the JSON, or
    `{name: {key: shape}}` for a container or an object whose parts have shapes of their own.

    Raises:
        TypeError: If it can't be made again, equal and of the same types.
    """
    if is_plain(value):
        return value, None
    for dump in (_dumped_by_pydantic, _dumped_by_parts):
        for content, shape in dump(value):
            try:
                if _is_same(loaded(orjson.loads(orjson.dumps(content)), shape), value):
                    return content, shape
            except Exception:  # noqa: S112 - any class of any library may refuse, in its own way
                continue
    raise TypeError(name_of(type(value)))


def loaded(content: Any, shape: Any) -> Any:
    """Return the value that was dumped as this."""
    if shape is None:
        return content
    if isinstance(shape, str):
        return adapter_of(class_of(shape)).validate_python(content)
    ((name, parts),) = shape.items()
    if name in _SEQUENCES:
        return _SEQUENCES[name](loaded(item, parts.get(str(index))) for index, item in enumerate(content))
    made = {key: loaded(item, parts.get(key)) for key, item in content.items()}
    if name == "builtins:dict":
        return made
    kind = class_of(name)
    if not _is_model(kind) and not hasattr(kind, "__dataclass_fields__"):
        raise TypeError(f"{name} is no class of values")  # a cassette may come from anywhere: nothing else is called
    return kind.model_construct(**made) if _is_model(kind) else kind(**made)


def is_plain(value: Any) -> bool:
    """Whether JSON brings the value back as it is."""
    try:
        orjson.dumps(value)  # numbers beyond 64 bits and lone surrogates are none
    except TypeError:
        return False
    return _has_plain_types(value)


def _has_plain_types(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return all(map(_has_plain_types, value.values()))
    if kind is list:
        return all(map(_has_plain_types, value))
    return kind in _PLAIN and (kind is not float or math.isfinite(value))


@lru_cache(256)
def adapter_of(kind: type[Any]) -> TypeAdapter[Any]:
    """Return what pydantic dumps and validates values of a class by."""
    return TypeAdapter(kind)


def name_of(kind: type[Any]) -> str:
    """Return the name by which `class_of` finds a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


def class_of(name: str) -> Any:
    """Return the class of a name."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{name} is no class")
    return found


def _dumped_by_pydantic(value: Any) -> Iterator[tuple[Any, Any]]:
    kind: Any = type(value)
    for by_alias in (True, False):  # the names that validation reads, mostly
        try:
            yield adapter_of(kind).dump_python(value, mode="json", by_alias=by_alias, warnings=False), name_of(kind)
        except Exception:
            return


def _dumped_by_parts(value: Any) -> Iterator[tuple[Any, Any]]:
    kind = type(value)
    if name_of(kind) in _SEQUENCES:
        items = [dumped(item) for item in value]
        shapes = {str(index): shape for index, (_, shape) in enumerate(items) if shape is not None}
        yield [content for content, _ in items], {name_of(kind): shapes}
        return
    if kind is not dict and not is_dataclass(kind) and not _is_model(kind):
        return
    parts = {key: dumped(item) for key, item in _parts(value).items()}
    shapes = {key: shape for key, (_, shape) in parts.items() if shape is not None}
    yield {key: content for key, (content, _) in parts.items()}, {name_of(kind): shapes}


def _is_model(kind: type[Any]) -> bool:
    return hasattr(kind, "model_construct")


def _parts(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(value.__dict__)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and all in them is of the same types."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        return list(one) == list(other) and _are_same(one, other) and _are_same(one.values(), other.values())
    if kind in (list, tuple):
        return _are_same(one, other)
    if kind in (set, frozenset):
        return bool(one == other) and Counter(map(type, one)) == Counter(map(type, other))
    if is_dataclass(kind) or _is_model(kind):
        return bool(one == other) and _is_same(_parts(one), _parts(other))
    return bool(one == other)


def _are_same(ones: Any, others: Any) -> bool:
    same: Callable[[Any, Any], bool] = _is_same
    return len(ones) == len(others) and all(map(same, ones, others))
