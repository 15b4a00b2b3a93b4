"""Where a search starts: the few traces that an index names, or the newest of the many; else all, from the newest one.

SQLite keeps no statistics of single values, so a bounded count per condition tells whether it is rare.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spanloom.store.search.newest import Page, newest_of
from spanloom.store.search.sources import Ask, Source, sources_of
from spanloom.store.search.sqlite import Sql
from spanloom.store.search.tree import And, Comparison, Node

__all__ = ["Candidates", "choose", "unsettled"]

_FEW: Final = 300
_MANY: Final = 5_000
_MANY_TEXTS: Final = 50_000
"""Of more candidates than this, walking from the newest trace finds a page sooner."""

_MOST_PROBES: Final = 8


class Candidates(NamedTuple):
    """Where a search starts.

    Attributes:
        trace_ids: A query for the ids of every trace that can fit, or can be on the page.
        settled: The condition that all of them fit already; asking the index of words again would be slow.
    """

    trace_ids: Sql
    settled: Comparison | None = None


class _Counted(NamedTuple):
    number: int
    source: Source

    @property
    def complete(self) -> bool:
        return self.number <= _limit(self.source)


def choose(node: Node, ask: Ask, page: Page | None = None) -> Candidates | None:
    """Return the traces that can fit, or `None` if no index says that there are few.

    Args:
        node: The filter.
        ask: Runs a query that gives one value.
        page: What is wanted, if it is the newest traces: then, those that can't be on the page may be left out.
    """
    counted: list[_Counted] = []
    for source in sources_of(node, ask)[:_MOST_PROBES]:
        counted.append(_Counted(_count(source, ask), source))
        if counted[-1].number <= _FEW:
            break
    for number, source in sorted(counted, key=lambda each: each.number):
        settled = source.settled
        if number > _FEW and page is not None and source.ordered:
            rest = unsettled(node, settled)
            trace_ids = newest_of(source, rest, page, ask)
            if trace_ids is not None:
                return Candidates(trace_ids, settled)
        elif number <= _limit(source):
            return Candidates(_all_of(source), settled)
    rarest = min(counted, key=lambda each: each.number, default=None)
    return Candidates(_all_of(rarest.source), rarest.source.settled) if rarest and rarest.complete else None


def unsettled(tree: Node, settled: Comparison | None) -> Node | None:
    """Return what is left to ask, `None` if nothing is."""
    if settled is None:
        return tree
    if tree is settled:
        return None
    if not isinstance(tree, And):
        return tree
    parts = [part for part in (unsettled(part, settled) for part in tree.parts) if part is not None]
    return And(tuple(parts)) if parts else None


def _limit(source: Source) -> int:
    return _MANY_TEXTS if source.settled is not None else _MANY


def _count(source: Source, ask: Ask) -> int:
    if not source.branches:
        return 0
    entries = " UNION ALL ".join(f"SELECT 1 {branch.source.text}" for branch in source.branches)
    text = f"SELECT count(*) FROM ({entries} LIMIT {_limit(source) + 1})"  # noqa: S608 - constants
    return int(ask(Sql(text, tuple(value for branch in source.branches for value in branch.source.parameters))))


def _all_of(source: Source) -> Sql:
    queries = [branch.ids() for branch in source.branches] or [Sql("SELECT trace_id FROM traces WHERE 0")]
    return Sql(
        " UNION ALL ".join(f"SELECT * FROM ({query.text})" for query in queries),  # noqa: S608 - constants
        tuple(value for query in queries for value in query.parameters),
    )
