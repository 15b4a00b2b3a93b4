"""The order of results, and tokens that say where the next page begins: after a trace, not after a number of traces.

So a page shows neither a trace twice nor leaves one out while new ones arrive.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from spanloom.errors import FilterError
from spanloom.store.rows import Row
from spanloom.store.search.columns import near_names, resolve
from spanloom.store.search.conditions import column_sql
from spanloom.store.search.sql import Sql

__all__ = ["Order", "after", "make_token", "order_by_sql", "parse_order", "read_token"]

_SORTABLE: Final = (
    "start_time",
    "end_time",
    "duration_ms",
    "name",
    "status",
    "experiment",
    "session",
    "user",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "cost",
    "trace_id",
)
_ITEM = re.compile(r"\s*([\w.`\"]+)(?:\s+(asc|desc))?\s*", re.IGNORECASE)


class Order(NamedTuple):
    """A column to sort by; missing values are the smallest."""

    name: str
    descending: bool

    @property
    def sql(self) -> str:
        """The column in SQL."""
        return column_sql(self.name)


def parse_order(order_by: str | Sequence[str] | None) -> list[Order]:
    """Return the columns to sort by, completed so that no two traces are equal.

    Raises:
        FilterError: If an item is no sortable column, followed by ASC or DESC or nothing.
    """
    if not isinstance(order_by, str | Sequence | None):
        raise FilterError(f"order_by: expected e.g. 'duration_ms DESC', or a list of such texts, got {order_by!r}")
    items = order_by.split(",") if isinstance(order_by, str) else list(order_by or ())
    orders = [_item(item) for item in items]
    for name in ("start_time", "trace_id"):
        if name not in {order.name for order in orders}:
            orders.append(Order(name, descending=True))
    return orders


def _item(item: str) -> Order:
    found = _ITEM.fullmatch(item) if isinstance(item, str) else None
    if found is None:
        raise FilterError(f"order_by: {item!r} is not understood; expected e.g. 'duration_ms DESC'")
    reference = resolve(re.sub(r"[`\"]", "", found[1]).split("."))
    if reference is None or reference.column.name not in _SORTABLE:
        near = [name for name in near_names(found[1]) if name in _SORTABLE]
        hint = f"did you mean {' or '.join(near)}?" if near else f"expected one of {', '.join(_SORTABLE)}"
        raise FilterError(f"order_by: traces can't be sorted by {found[1]!r}; {hint}")
    return Order(reference.column.name, descending=(found[2] or "").upper() == "DESC")


def order_by_sql(orders: Sequence[Order]) -> str:
    """Return what follows ORDER BY."""
    directions = {False: "ASC NULLS FIRST", True: "DESC NULLS LAST"}  # engines differ in what they do by themselves
    return ", ".join(f"{order.sql} {directions[order.descending]}" for order in orders)


def after(orders: Sequence[Order], values: Sequence[Any]) -> Sql:
    """Return the condition that a trace comes after the one with these values."""
    head, value = orders[0], values[0]
    rest = after(orders[1:], values[1:]) if len(orders) > 1 else Sql("FALSE")
    column = head.sql
    if value is None:
        beyond = "FALSE" if head.descending else f"{column} IS NOT NULL"
        return Sql(f"({beyond} OR ({column} IS NULL AND {rest.text}))", rest.parameters)
    beyond = f"({column} < ? OR {column} IS NULL)" if head.descending else f"{column} > ?"
    condition = f"({beyond} OR ({column} = ? AND {rest.text}))"
    if head.name == "start_time":  # what the index on it understands
        bound = f"{column} {'<=' if head.descending else '>='} ?"
        return Sql(f"({bound} AND {condition})", (value, value, value, *rest.parameters))
    return Sql(condition, (value, value, *rest.parameters))


def make_token(orders: Sequence[Order], row: Row) -> str:
    """Return the token of the page after the trace of this row, which holds `order_0` and so on."""
    values = [row[f"order_{number}"] for number in range(len(orders))]
    return base64.urlsafe_b64encode(orjson.dumps([_signature(orders), values])).decode().rstrip("=")


def read_token(token: str, orders: Sequence[Order]) -> list[Any]:
    """Return the values that the token holds.

    Raises:
        FilterError: If it is no token of this order.
    """
    try:
        signature, values = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        fits = signature == _signature(orders) and len(values) == len(orders)
        fits = fits and all(value is None or isinstance(value, str | int | float) for value in values)
    except (AttributeError, TypeError, ValueError, binascii.Error):
        fits = False
    if not fits:
        raise FilterError(
            "page_token: this is not the token of a page in this order; give the `token` of the previous result, "
            "with the same order_by"
        )
    return list(values)


def _signature(orders: Sequence[Order]) -> str:
    return ",".join(f"{order.name} {'DESC' if order.descending else 'ASC'}" for order in orders)
