"""A whole search as one SQLite query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from spanloom.store.search.candidates import Candidates, choose
from spanloom.store.search.filters import parse_filter
from spanloom.store.search.paging import Order, after, order_by_sql, parse_order, read_token
from spanloom.store.search.sqlite import Sql, condition
from spanloom.store.search.tree import And, Comparison, Node
from spanloom.tracing.exporters import TraceQuery

__all__ = ["Search", "build_search"]


class Search(NamedTuple):
    """The query, whose rows hold those of `traces` and `order_0`, …; it asks for one row more than the page holds."""

    sql: Sql
    orders: list[Order]


def build_search(query: TraceQuery, count: Callable[[Sql], int]) -> Search:
    """Build the query.

    Args:
        query: What is searched.
        count: Runs a query that gives one number.

    Raises:
        FilterError: If the filter, the order or the token can't be understood.
    """
    orders = parse_order(query.order_by)
    where: list[Sql] = []
    candidates: Candidates | None = None
    if query.experiment is not None:
        where.append(Sql("traces.experiment = ?", (query.experiment,)))
    if query.before_ms is not None:
        where.append(Sql("traces.start_time_ns < ?", (query.before_ms * 1_000_000,)))
    if query.trace_ids is not None:
        ids = orjson.dumps(list(query.trace_ids)).decode()
        candidates = Candidates(Sql("SELECT value AS trace_id FROM json_each(?)", (ids,)))
    if query.page_token is not None:
        where.append(after(orders, read_token(query.page_token, orders)))
    if query.filter is not None:
        tree = parse_filter(query.filter)
        candidates = candidates or choose(tree, count)
        unsettled = _without(tree, candidates.settled) if candidates is not None else tree
        if unsettled is not None:
            where.append(condition(unsettled))
    source = "traces"
    parameters: tuple[Any, ...] = ()
    if candidates is not None:  # CROSS JOIN: the candidates first, whatever SQLite thinks of them
        found = f"(SELECT DISTINCT trace_id FROM ({candidates.trace_ids.text})) AS found"  # noqa: S608 - constants
        source = f"{found} CROSS JOIN traces USING (trace_id)"
        parameters = candidates.trace_ids.parameters
    keys = ", ".join(f"{order.sql} AS order_{number}" for number, order in enumerate(orders))
    conditions = " AND ".join(f"({part.text})" for part in where) or "1"
    text = (
        f"SELECT traces.*, {keys} FROM {source} WHERE {conditions} "  # noqa: S608 - constants and parameters
        f"ORDER BY {order_by_sql(orders)} LIMIT ?"
    )
    values = tuple(value for part in where for value in part.parameters)
    return Search(Sql(text, (*parameters, *values, query.max_results + 1)), orders)


def _without(tree: Node, settled: Comparison | None) -> Node | None:
    """Return what is left to ask, `None` if nothing is."""
    if settled is None:
        return tree
    if tree is settled:
        return None
    if not isinstance(tree, And):
        return tree
    parts = [part for part in (_without(part, settled) for part in tree.parts) if part is not None]
    return And(tuple(parts)) if parts else None
