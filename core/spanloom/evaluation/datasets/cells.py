"""Records as the cells of a spreadsheet: a column per key, such as `inputs.question`.

A cell is JSON, or else a text; an empty one is nothing. So a text that could be taken for JSON is written as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from spanloom.errors import EvaluationError
from spanloom.evaluation.datasets.record import CONTENT

__all__ = ["from_cells", "to_cells"]

_SPREAD: Final = ("inputs", "expectations", "tags")


def to_cells(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of a record, by column.

    Example:
        >>> to_cells({"inputs": {"question": "How many?"}, "expectations": {"expected_response": 4}})
        {'inputs.question': 'How many?', 'expectations.expected_response': '4'}
    """
    cells: dict[str, str] = {}
    for name, value in record.items():
        if name in _SPREAD:
            cells |= {f"{name}.{key}": _cell(item) for key, item in value.items()}
        else:
            cells[name] = _cell(value)
    return cells


def from_cells(row: Mapping[Any, Any], place: str) -> dict[str, Any]:
    """Return the record of a row of cells.

    Raises:
        EvaluationError: If a column is none of a record, or the row has more cells than there are columns.
    """
    record: dict[str, Any] = {"inputs": {}}
    for column, cell in row.items():
        name, dot, key = (column or "").partition(".")
        if name not in CONTENT or (dot and name not in _SPREAD):
            raise EvaluationError(
                f"{place}: {'there are more cells than columns' if column is None else f'unknown column {column!r}'}; "
                "expected columns such as inputs.question, outputs, expectations.expected_response, tags.kind"
            )
        if not cell:
            continue
        if dot:
            record.setdefault(name, {})[key] = _value(cell)
        else:
            record[name] = _value(cell)
    return record


def _cell(value: Any) -> str:
    if isinstance(value, str) and value and _value(value) is value:
        return value
    return orjson.dumps(value).decode()


def _value(cell: str) -> Any:
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
