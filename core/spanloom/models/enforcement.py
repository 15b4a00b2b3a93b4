"""Checking what a model is given against its signature, and saying at which field it does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from spanloom.errors import SchemaError
from spanloom.models.frames import is_frame, is_row, plain, records
from spanloom.models.signature import Spec

__all__ = ["check_input", "check_params"]

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "string": (str,),
    "binary": (bytes, str),
    "datetime": (date, str),
    "array": (list, tuple),
    "object": (Mapping,),
    "map": (Mapping,),
}
_MAX_REPORTED: Final = 20


def check_input(inputs: list[Spec] | None, data: Any) -> None:
    """Check the data of a call; whatever its columns do not name is let through.

    Raises:
        SchemaError: If it does not fit; the message names the path of each field.
    """
    if not inputs or any(spec.get("type") == "tensor" for spec in inputs):
        return
    if is_frame(data) or is_row(data):
        rows = records(data) if is_frame(data) else [data.to_dict()]
        value: Any = rows if inputs[0].get("name") is not None else plain(data.to_numpy().ravel())
    else:
        value = plain(data.model_dump()) if hasattr(data, "model_dump") else plain(data)
    errors = list(_named(inputs, value) if inputs[0].get("name") is not None else _unnamed(inputs[0], value))
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise SchemaError("\n  ".join([f"the model's input: {count}", *errors[:_MAX_REPORTED]]))


def check_params(specs: list[Spec] | None, params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the parameters of a call, completed with the defaults.

    Raises:
        SchemaError: If the model has no such parameter, or a value has the wrong type.
    """
    if specs is None:
        return dict(params) if params is not None else None
    known = {spec["name"]: spec for spec in specs}
    for name, value in (params or {}).items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise SchemaError(
                f"params.{name}: the model has no such parameter; {hint}it has {', '.join(known) or 'none'}"
            )
        spec = known[name]
        wanted = {"type": "array", "items": spec} if spec.get("shape") else spec
        for error in _errors(wanted, plain(value), f"params.{name}"):
            raise SchemaError(error)
    return {name: spec.get("default") for name, spec in known.items()} | dict(params or {})


def _named(inputs: list[Spec], value: Any) -> Iterator[str]:
    if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
        for index, row in enumerate(value):
            yield from _fields(inputs, row, f"[{index}].", columns=False)
    elif isinstance(value, Mapping):
        yield from _fields(inputs, value, "", columns=True)
    else:
        names = ", ".join(repr(spec["name"]) for spec in inputs)
        yield f"(the whole value): should be a dict with {names}, got {type(value).__name__}"


def _fields(inputs: list[Spec], value: Mapping[str, Any], path: str, *, columns: bool) -> Iterator[str]:
    for spec in inputs:
        name = spec["name"]
        if value.get(name) is None:
            if spec.get("required", True):
                given = ", ".join(map(str, value)) or "nothing"
                yield f"{path}{name}: is required but missing (given: {given})"
        elif columns and spec["type"] not in {"array", "any"} and isinstance(value[name], list):
            for index, part in enumerate(value[name]):  # a column of several rows
                yield from _errors(spec, part, f"{path}{name}[{index}]")
        else:
            yield from _errors(spec, value[name], f"{path}{name}")


def _unnamed(spec: Spec, value: Any) -> Iterator[str]:
    rows = isinstance(value, list) and (spec["type"] != "array" or (bool(value) and isinstance(value[0], list)))
    if rows:
        yield from _in_array({"items": spec}, value, "")
    else:
        yield from _errors(spec, value, "(the whole value)")


def _errors(spec: Spec, value: Any, path: str) -> Iterator[str]:
    kind = spec["type"]
    expected = _KINDS.get(kind)
    if expected is None or (value is None and not spec.get("required", True)):
        return
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: should be {kind}, got {type(value).__name__}"
    elif kind in _PARTS:
        yield from _PARTS[kind](spec, value, path)


def _in_array(spec: Spec, value: Sequence[Any], path: str) -> Iterator[str]:
    for index, part in enumerate(value):
        yield from _errors(spec["items"], part, f"{path}[{index}]")


def _in_map(spec: Spec, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, part in value.items():
        yield from _errors(spec["values"], part, f"{path}.{name}")


def _in_object(spec: Spec, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, entry in spec["properties"].items():
        if name in value:
            yield from _errors(entry, value[name], f"{path}.{name}")
        elif entry.get("required", True):
            yield f"{path}.{name}: is required but missing"


_PARTS: Final[dict[str, Callable[[Spec, Any, str], Iterator[str]]]] = {
    "array": _in_array,
    "map": _in_map,
    "object": _in_object,
}
