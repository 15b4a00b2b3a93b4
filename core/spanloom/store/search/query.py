"""A whole search as one query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from spanloom.store.search.candidates import Candidates, choose, unsettled
from spanloom.store.search.columns import resolve
from spanloom.store.search.conditions import Conditions
from spanloom.store.search.dialect import Dialect
from spanloom.store.search.filters import parse_filter
from spanloom.store.search.newest import Page
from spanloom.store.search.paging import Order, after, order_by_sql, parse_order, read_token
from spanloom.store.search.sql import Sql
from spanloom.store.search.sqlite import SQLITE
from spanloom.store.search.steps import STEPPED
from spanloom.store.search.tree import And, Comparison, Node, Operator
from spanloom.tracing.attributes import SOURCE_RUN
from spanloom.tracing.exporters import TraceQuery

__all__ = ["Search", "build_search", "nanoseconds", "selection"]

_FARTHEST = 2**63 - 1


class Search(NamedTuple):
    """The query, whose rows hold those of `traces` and `order_0`, …; it asks for one row more than the page holds."""

    sql: Sql
    orders: list[Order]


def build_search(query: TraceQuery, ask: Callable[[Sql], Any], dialect: Dialect = SQLITE) -> Search:
    """Build the query.

    Args:
        query: What is searched.
        ask: Runs a query that gives one value.
        dialect: The engine's spellings.

    Raises:
        FilterError: If the filter, the order or the token can't be understood.
    """
    orders = parse_order(query.order_by)
    values = read_token(query.page_token, orders) if query.page_token is not None else None
    further = [after(orders, values)] if values is not None else []
    page = None
    if orders[0] == Order("start_time", descending=True):
        page = Page(query.max_results + 1, until_ns=values[0] if values is not None else None)
    selected = selection(query, ask, *further, dialect=dialect, page=page)
    keys = ", ".join(f"{order.sql} AS order_{number}" for number, order in enumerate(orders))
    text = f"SELECT traces.*, {keys} {selected.text} ORDER BY {_order(orders, dialect)} LIMIT ?"
    return Search(Sql(text, (*selected.parameters, query.max_results + 1)), orders)


def _order(orders: list[Order], dialect: Dialect) -> str:
    stepped = STEPPED.get(orders[0].name) if dialect.counts else None
    if stepped is None:
        return order_by_sql(orders)
    # The steps rise with the numbers, and there is an index of them.
    return f"{stepped.step} {'DESC' if orders[0].descending else 'ASC'}, {order_by_sql(orders)}"


def selection(
    query: TraceQuery,
    ask: Callable[[Sql], Any],
    *further: Sql,
    dialect: Dialect = SQLITE,
    page: Page | None = None,
) -> Sql:
    """Return the FROM and the WHERE of all traces that fit, whatever their order and page.

    Args:
        query: What is searched.
        ask: Runs a query that gives one value.
        further: Conditions that hold, too.
        dialect: The engine's spellings.
        page: If only the newest of them are wanted: how many, and from when on; others may be left out then.

    Raises:
        FilterError: If the filter can't be understood.
    """
    where = list(further)
    candidates: Candidates | None = None
    if query.experiment is not None:
        names = (query.experiment,) if isinstance(query.experiment, str) else tuple(query.experiment)
        marks = ", ".join("?" for _ in names)
        where.append(Sql(f"traces.experiment IN ({marks})", names))
    if query.before_ms is not None:
        where.append(Sql("traces.start_time_ns < ?", (nanoseconds(query.before_ms),)))
    if query.trace_ids is not None:
        ids = orjson.dumps(list(query.trace_ids)).decode()
        candidates = Candidates(Sql(f"SELECT value AS trace_id FROM {dialect.ids}", (ids,)))  # noqa: S608 - constants
    tree = _condition(query)
    if tree is not None:
        if candidates is None and dialect.counts:
            candidates = choose(tree, ask, page._replace(where=tuple(where)) if page is not None else None)
        rest = unsettled(tree, candidates.settled) if candidates is not None else tree
        if rest is not None:
            where.append(Conditions(dialect).of_trace(rest))
    source = "traces"
    parameters: tuple[Any, ...] = ()
    if candidates is not None:  # CROSS JOIN: the candidates first, whatever SQLite thinks of them
        found = f"(SELECT DISTINCT trace_id FROM ({candidates.trace_ids.text}) AS named) AS found"  # noqa: S608 - constants
        source = f"{found} {dialect.join} traces USING (trace_id)"
        parameters = candidates.trace_ids.parameters
    conditions = " AND ".join(f"({part.text})" for part in where) or "TRUE"
    values = tuple(value for part in where for value in part.parameters)
    return Sql(f"FROM {source} WHERE {conditions}", (*parameters, *values))


def nanoseconds(milliseconds: int) -> int:
    """Return a moment as the store keeps it, in 64 bits: those that are further away are before or after all traces."""
    return max(-_FARTHEST, min(milliseconds * 1_000_000, _FARTHEST))


def _condition(query: TraceQuery) -> Node | None:
    """Return what the filter says, and that the run is the one given."""
    parts = [parse_filter(query.filter)] if query.filter is not None else []
    if query.run_id is not None:
        run = resolve(["metadata", SOURCE_RUN])
        assert run is not None
        parts.append(Comparison(run, Operator.EQUAL, (query.run_id,)))
    return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)
