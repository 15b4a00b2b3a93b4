"""The beginning of a source that is in order of time: as much as makes sure that the newest traces are in it.

Traces are in order of their start. Spans are in order of their arrival, so it is looked up when the newest trace began
that has spans further on; as soon as a page is full of later ones, the rest can't matter.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from spanloom.store.search.conditions import Conditions
from spanloom.store.search.sources import Ask, Source
from spanloom.store.search.sqlite import SQLITE, Sql
from spanloom.store.search.tree import Node

__all__ = ["SPANS_PER_BUCKET", "Page", "newest_of"]

SPANS_PER_BUCKET: Final = 1000
"""Rows of `newest_starts`: when the newest trace began that has a span of this bucket, or of one before."""

_NEWEST_BEFORE: Final = (
    "SELECT max(start_time_ns) FROM newest_starts "
    "WHERE bucket = (SELECT max(bucket) FROM newest_starts WHERE bucket < ?)"
)
_MOST: Final = 60_000
_GROWTH: Final = 8


class Page(NamedTuple):
    """What is wanted: the newest traces.

    Attributes:
        needed: How many.
        where: Conditions beside the filter.
        until_ns: No trace that began later is on the page.
    """

    needed: int
    where: tuple[Sql, ...] = ()
    until_ns: int | None = None


def newest_of(source: Source, rest: Node | None, page: Page, ask: Ask) -> Sql | None:
    """Return a query for the traces among which the page is, `None` if it would have to go too far back.

    Args:
        source: Where they are looked for.
        rest: What they have to fit, too.
        page: How many are needed.
        ask: Runs a query that gives one value.
    """
    conditions = page.where if rest is None else (*page.where, Conditions(SQLITE).of_trace(rest))
    size = 3 * page.needed
    while size <= _MOST:
        reached, place = orjson.loads(ask(_last_of(source, page, size)))
        if reached < size:
            return _from(source, page, None)
        begin, bound = _certain(source.branches[0].place, place, ask)
        found = _from(source, page, begin)
        if ask(_later(found, conditions, bound, page.needed)) >= page.needed:
            return found
        size *= _GROWTH
    return None


def _last_of(source: Source, page: Page, size: int) -> Sql:
    """Ask how many of the first entries there are, and for the place of the last of them."""
    until, bounds = _until(source, page)
    entries = " UNION ALL ".join(
        f"SELECT {branch.place} AS place {branch.source.text}{until}" for branch in source.branches
    )
    text = f"SELECT json_array(count(*), min(place)) FROM ({entries} ORDER BY place DESC LIMIT {size})"  # noqa: S608 - constants
    return Sql(text, tuple(value for branch in source.branches for value in (*branch.source.parameters, *bounds)))


def _certain(column: str, place: int, ask: Ask) -> tuple[int, int]:
    """Return the place to begin at, and a time: every trace that began later has an entry from this place on."""
    if column == "start_time_ns":
        return place, place - 1
    bucket = place // SPANS_PER_BUCKET
    bound = ask(Sql(_NEWEST_BEFORE, (bucket,)))
    return bucket * SPANS_PER_BUCKET, -1 if bound is None else bound


def _from(source: Source, page: Page, begin: int | None) -> Sql:
    until, bounds = _until(source, page)
    further: tuple[Any, ...] = bounds if begin is None else (*bounds, begin)
    queries = [
        branch.ids(until + (f" AND {branch.place} >= ?" if begin is not None else ""), *further)
        for branch in source.branches
    ]
    return Sql(
        " UNION ALL ".join(f"SELECT * FROM ({query.text})" for query in queries),  # noqa: S608 - constants
        tuple(value for query in queries for value in query.parameters),
    )


def _until(source: Source, page: Page) -> tuple[str, tuple[Any, ...]]:
    if page.until_ns is None or source.branches[0].place != "start_time_ns":
        return "", ()
    return " AND start_time_ns <= ?", (page.until_ns,)


def _later(found: Sql, conditions: tuple[Sql, ...], bound: int, needed: int) -> Sql:
    where = " AND ".join(f"({part.text})" for part in conditions) or "1"
    text = (
        f"SELECT count(*) FROM (SELECT 1 FROM (SELECT DISTINCT trace_id FROM ({found.text})) AS found "  # noqa: S608 - constants
        f"CROSS JOIN traces USING (trace_id) WHERE {where} AND traces.start_time_ns > ? LIMIT {needed})"
    )
    return Sql(text, (*found.parameters, *(value for part in conditions for value in part.parameters), bound))
