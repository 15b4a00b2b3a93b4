"""A DataFrame for a function whose annotation names none: MLflow makes one of any data, by the signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from spanloom.errors import SchemaError
from spanloom.models.frames import records

__all__ = ["frame_forms", "takes_list"]


def takes_list(hint: Any) -> bool:
    """Whether an annotation is that of a list."""
    return list in {hint, get_origin(hint)}


def frame_forms(frame: Any, hint: Any) -> list[Any]:
    """Return what a DataFrame may stand for, the likeliest first: its rows or, of one column, its cells.

    Args:
        frame: The DataFrame.
        hint: What the function takes: a list, or one value.

    Raises:
        SchemaError: If it takes one value, and there are several rows or none.
    """
    is_list = takes_list(hint)
    if not is_list and len(frame) != 1:
        raise SchemaError(
            f"the model takes one value: expected a DataFrame of 1 row, got {len(frame)}; call it per row"
        )
    rows = records(frame)
    forms: list[Any] = [rows]
    if len(frame.columns) == 1:
        cells = [next(iter(row.values()), None) for row in rows]
        item = next(iter(get_args(hint)), Any) if is_list else hint
        is_named = isinstance(frame.columns[0], str)
        forms = [rows, cells] if is_named and {item, get_origin(item)} & {dict, Mapping} else [cells, rows]
    return forms if is_list else [form[0] for form in forms]
