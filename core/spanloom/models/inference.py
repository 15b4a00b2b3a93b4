"""The signature that an example of input and output tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from spanloom.models.frames import is_frame, plain, records
from spanloom.models.signature import ModelSignature, Spec

__all__ = ["infer_signature"]

_SCALARS: Final = {bool: "boolean", int: "long", float: "double", str: "string", bytes: "binary", date: "datetime"}


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: Mapping[str, Any] | None = None
) -> ModelSignature:
    """Return the signature that examples tell.

    Args:
        model_input: A value, a list of values, a dict of columns, a list of rows, or a pandas DataFrame.
        model_output: Likewise.
        params: What `predict(data, params=...)` takes, with the defaults.

    Example:
        >>> infer_signature({"question": "What is it?"}, "A test.").inputs
        [{'type': 'string', 'name': 'question', 'required': True}]
    """
    return ModelSignature(
        inputs=None if model_input is None else _columns(model_input),
        outputs=None if model_output is None else _columns(model_output),
        params=[_param(name, value) for name, value in params.items()] if params else None,
    )


def _columns(value: Any) -> list[Spec]:
    if is_frame(value):
        return _of_rows(records(value))
    value = plain(value.model_dump() if isinstance(value, BaseModel) else value)
    if isinstance(value, Mapping):
        return [{**_spec(part), "name": str(name), "required": part is not None} for name, part in value.items()]
    if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
        return _of_rows(value)
    if isinstance(value, list):
        return [{**_merged(_spec(part) for part in value), "required": None not in value}]
    return [{**_spec(value), "required": True}]


def _of_rows(rows: list[Any]) -> list[Spec]:
    names = {str(name): None for row in rows for name in row}
    return [
        {
            **_merged(_spec(row[name]) for row in rows if name in row),
            "name": name,
            "required": all(row.get(name) is not None for row in rows),
        }
        for name in names
    ]


def _spec(value: Any) -> Spec:
    kind = _scalar(value)
    if kind is not None:
        return {"type": kind}
    if isinstance(value, Mapping):
        properties = {str(name): {**_spec(part), "required": part is not None} for name, part in sorted(value.items())}
        return {"type": "object", "properties": properties}
    if isinstance(value, list | tuple):
        return {"type": "array", "items": _merged(_spec(part) for part in value)}
    return {"type": "any"}


def _scalar(value: Any) -> str | None:
    return next((kind for scalar, kind in _SCALARS.items() if isinstance(value, scalar)), None)


def _merged(specs: Iterable[Spec]) -> Spec:
    """Return the type that all have; rows of objects may have different properties."""
    merged: Spec | None = None
    for spec in specs:
        if merged is None or merged == spec or spec["type"] == "any":
            merged = merged or spec
        elif merged["type"] == spec["type"] == "object":
            merged = {"type": "object", "properties": _properties(merged["properties"], spec["properties"])}
        elif {merged["type"], spec["type"]} == {"long", "double"}:
            merged = {"type": "double"}
        else:
            return {"type": "any"}
    return merged or {"type": "any"}


def _properties(first: dict[str, Spec], second: dict[str, Spec]) -> dict[str, Spec]:
    properties = {}
    for name in sorted({*first, *second}):
        specs = [part[name] for part in (first, second) if name in part]
        required = len(specs) > 1 and all(spec["required"] for spec in specs)
        bare = ({key: part for key, part in spec.items() if key != "required"} for spec in specs)
        properties[name] = {**_merged(bare), "required": required}
    return properties


def _param(name: str, value: Any) -> Spec:
    is_list = isinstance(value, list)
    spec = _merged(_spec(part) for part in value) if is_list else _spec(value)
    return {"name": name, "default": value, "shape": [-1] if is_list else None, **spec}
