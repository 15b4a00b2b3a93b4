"""What tools give back, as JSON and back again: plain values, tuples, pydantic models, dataclasses, exceptions."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter

__all__ = ["RecordedToolError", "answer_of", "answered", "plain_arguments"]


class RecordedToolError(Exception):
    """Raised in the place of a tool's exception that could not be made again."""


def answered(value: Any) -> dict[str, Any]:
    """Return the response of a tool that gave this back; `{"unstorable": type}` if JSON can't bring it back."""
    if _is_plain(value):
        return {"value": value}
    for by_alias in (True, False):  # the names that validation reads, mostly
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(type(value))
            content = adapter.dump_python(value, mode="json", by_alias=by_alias)
            # Compared as JSON: a tuple in a field for anything comes back as a list, which is near enough.
            if adapter.dump_python(adapter.validate_python(content), mode="json", by_alias=by_alias) == content:
                return {"value": content, "type": _name(type(value))}
        except Exception:  # noqa: S110 - any class of any library may refuse, in its own way
            pass
    return {"unstorable": _name(type(value))}


def failed(error: Exception) -> dict[str, Any]:
    """Return the response of a tool that raised."""
    arguments = list(error.args) if _is_plain(list(error.args)) else None
    return {"error": {"type": _name(type(error)), "message": str(error), "args": arguments}}


def answer_of(response: Mapping[str, Any]) -> Any:
    """Return what the tool gave back, or raise what it raised."""
    if "error" in response:
        raise _exception(response["error"])
    if "type" in response:
        return TypeAdapter(_find(response["type"])).validate_python(response["value"])
    return response["value"]


def plain_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that a model can have given: what a framework injects besides is no JSON."""
    return {name: value for name, value in arguments.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
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


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _exception(error: Mapping[str, Any]) -> Exception:
    if error["args"] is not None:
        try:
            kind = _find(error["type"])
            if issubclass(kind, Exception):
                return kind(*error["args"])
        except Exception:  # noqa: S110 - its class has moved, or takes other arguments
            pass
    return RecordedToolError(f"{error['type']}: {error['message']}")


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _find(name: str) -> type[Any]:
    """Return the class of a name; nothing else is called, whatever a cassette says."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{name} is no class")
    return found
