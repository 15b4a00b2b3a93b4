"""Data of pandas and numpy as plain values; neither is imported unless the caller already did."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from spanloom.errors import SchemaError

__all__ = ["all_cells", "cells", "is_frame", "is_row", "plain", "records", "single_row"]


def _is(value: Any, package: str, *names: str) -> bool:
    module = sys.modules.get(package)
    # Another thread may be importing it just now.
    return module is not None and any(isinstance(value, getattr(module, name, ())) for name in names)


def is_frame(value: Any) -> bool:
    """Whether this is a pandas DataFrame."""
    return _is(value, "pandas", "DataFrame")


def is_row(value: Any) -> bool:
    """Whether this is a pandas Series, such as one row of a DataFrame."""
    return _is(value, "pandas", "Series")


def records(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a DataFrame, without the cells that are empty."""
    return [_row(row) for row in frame.to_dict("records")]


def all_cells(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a DataFrame, with `None` in the cells that are empty."""
    rows = frame.to_dict("records")
    return [
        {str(name): None if _is_empty(value := plain(cell)) else value for name, cell in row.items()} for row in rows
    ]


def cells(frame: Any) -> list[list[Any]]:
    """Return the rows of a DataFrame as lists, each cell of the type of its column, with `None` in empty ones."""
    columns = [frame.iloc[:, index].tolist() for index in range(len(frame.columns))]
    return [[None if _is_empty(value := plain(cell)) else value for cell in row] for row in zip(*columns, strict=True)]


def single_row(value: Any) -> Any:
    """Return a DataFrame of one row, or a row, as a dict; whatever else as it is.

    Raises:
        SchemaError: If there are several rows, or none.
    """
    if is_row(value):
        return _row(value.to_dict())
    if not is_frame(value):
        return value
    if len(value) != 1:
        raise SchemaError(
            f"an agent takes one request: expected a DataFrame of 1 row, got {len(value)}; call it per row"
        )
    return records(value)[0]


def plain(value: Any) -> Any:
    """Return a value without anything of numpy or pandas in it."""
    if _is(value, "numpy", "ndarray", "generic") or is_row(value):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    cells = {str(name): plain(cell) for name, cell in row.items()}
    return {name: cell for name, cell in cells.items() if not _is_empty(cell)}


def _is_empty(cell: Any) -> bool:
    missing = getattr(sys.modules.get("pandas"), "NA", None)  # which can't be compared
    return cell is None or cell is missing or (not isinstance(cell, Mapping | list) and cell != cell)  # noqa: PLR0124 - NaN and NaT only
