"""`order_by` of the tables that are kept beside the traces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression

from spanloom.errors import FilterError
from spanloom.store.search.columns import Columns, Reference

__all__ = ["table_orders"]

_ITEM = re.compile(r"\s*(.+?)(?:\s+(asc|desc))?\s*", re.IGNORECASE | re.DOTALL)


def table_orders(
    order_by: str | Sequence[str] | None,
    columns: Columns,
    value_of: Callable[[Reference], ColumnElement[Any]],
    what: str,
    example: str,
) -> list[UnaryExpression[Any]]:
    """Return how rows are to be sorted; those without a value come last.

    Args:
        order_by: Columns, each followed by `ASC`, `DESC` or nothing; a text holds several between commas.
        columns: Those there are.
        value_of: What a row is sorted by.
        what: What is sorted, for messages, e.g. `"runs"`.
        example: E.g. `"metrics.accuracy DESC"`.

    Raises:
        FilterError: If one is not known; it names what is near.
    """
    items = order_by.split(",") if isinstance(order_by, str) else order_by or ()
    return [_order(item, columns, value_of, what, example) for item in items]


def _order(
    item: str, columns: Columns, value_of: Callable[[Reference], ColumnElement[Any]], what: str, example: str
) -> UnaryExpression[Any]:
    found = _ITEM.fullmatch(item)
    name, direction = (found[1], found[2] or "ASC") if found is not None else (item, "ASC")
    reference = columns.resolve(re.sub(r"[`\"]", "", name).split("."))
    if reference is None:
        near = columns.near_names(name)
        hint = f"did you mean {' or '.join(near)}?" if near else f"expected e.g. {example!r}"
        raise FilterError(f"order_by: {what} can't be sorted by {name!r}; {hint}")
    value = value_of(reference)
    return (value.desc() if direction.upper() == "DESC" else value.asc()).nulls_last()
