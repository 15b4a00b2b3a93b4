"""Values that were read from JSON, of the types that a signature names: JSON has neither times nor bytes."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from spanloom.models.signature import Spec

__all__ = ["typed_columns", "typed_frame"]

_DATE_LENGTH: Final = len("2026-01-31")


def typed_columns(columns: list[Spec], value: Any) -> Any:
    """Return data with times and bytes where the columns name them; what can't be read as such stays text."""
    if not columns:
        return value
    if columns[0].get("name") is None:
        is_rows = isinstance(value, list) and columns[0]["type"] != "array"
        return [_typed(columns[0], part) for part in value] if is_rows else _typed(columns[0], value)
    named = {spec["name"]: spec for spec in columns}
    if isinstance(value, list):
        return [_members(named, row) if isinstance(row, Mapping) else row for row in value]
    return _members(named, value) if isinstance(value, Mapping) else value


def typed_frame(columns: list[Spec], names: list[str], rows: list[list[Any]]) -> Any:
    """Return a DataFrame whose columns have those types; integers stay whole where cells are empty."""
    import pandas as pd  # type: ignore[import-untyped,unused-ignore] # an extra; who has such an example has it

    kinds = {spec.get("name"): spec["type"] for spec in columns}
    frame = pd.DataFrame(rows, columns=names)
    for index, name in enumerate(names):
        kind, cells = kinds.get(name), [row[index] for row in rows]
        if kind == "datetime":
            frame[name] = pd.to_datetime(cells, format="ISO8601")
        elif kind == "binary":
            frame[name] = [_typed({"type": kind}, cell) for cell in cells]
        elif kind in {"integer", "long"} and None in cells:
            frame[name] = pd.array(cells, dtype="Int64")
    return frame


def _members(specs: Mapping[str, Spec], value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(specs[name], part) if name in specs else part for name, part in value.items()}


def _typed(spec: Spec, value: Any) -> Any:
    kind = spec["type"]
    if isinstance(value, str) and kind in _READERS:
        with contextlib.suppress(ValueError):
            return _READERS[kind](value)
    elif isinstance(value, list):
        items = spec.get("items", spec)
        return [_typed(items, part) for part in value]
    elif isinstance(value, Mapping) and kind == "object":
        return _members(spec["properties"], value)
    elif isinstance(value, Mapping) and kind == "map":
        return {name: _typed(spec["values"], part) for name, part in value.items()}
    return value


def _time(text: str) -> date:
    return date.fromisoformat(text) if len(text) == _DATE_LENGTH else datetime.fromisoformat(text)


def _bytes(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)  # MLflow breaks it into lines


_READERS: Final = {"datetime": _time, "binary": _bytes}
