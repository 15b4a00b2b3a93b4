"""Where a search starts: the few traces that an index names, if there are few, else the newest ones.

SQLite keeps no statistics of single values, so a bounded count per condition tells whether it is rare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from spanloom.store.search.sqlite import LABEL_KINDS, Sql, compare_bare, match_text
from spanloom.store.search.tree import And, Comparison, Node, Operator, Or

__all__ = ["Candidates", "choose"]

_MANY: Final = 5_000
_MANY_TEXTS: Final = 50_000
"""Of more candidates than this, walking from the newest trace finds a page sooner."""

_MOST_PROBES: Final = 8

_INDEXED_TRACES: Final = {
    "status": "traces_by_state",
    "name": "traces_by_name",
    "duration_ms": "traces_by_duration",
    "session": "traces_by_session",
    "user": "traces_by_user",
    "client_request_id": "traces_by_client_request_id",
    "total_tokens": "traces_by_total_tokens",
    "input_tokens": "traces_by_input_tokens",
    "output_tokens": "traces_by_output_tokens",
    "cost": "traces_by_cost",
}
_INDEXED_SPANS: Final = {
    "span.name": "spans_by_name",
    "span.type": "spans_by_type",
    "span.status": "spans_by_status",
    "span.model": "spans_by_model",
    "model": "spans_by_model",
}


class Candidates(NamedTuple):
    """Where a search starts.

    Attributes:
        trace_ids: A query for the ids of every trace that can fit.
        settled: The condition that all of them fit already; asking the index of words again would be slow.
    """

    trace_ids: Sql
    settled: Comparison | None = None


class _Source(NamedTuple):
    """An index: the ids of all traces that may fit, and the same cheap enough to be counted."""

    trace_ids: Sql
    counted: Sql
    limit: int = _MANY
    settled: Comparison | None = None


def choose(node: Node, count: Callable[[Sql], int]) -> Candidates | None:
    """Return the traces that can fit, or `None` if no index says that there are few.

    Args:
        node: The filter.
        count: Runs a query that gives one number.
    """
    best: tuple[int, _Source] | None = None
    for source in _sources(node)[:_MOST_PROBES]:
        bounded = f"SELECT count(*) FROM (SELECT 1 {source.counted.text} LIMIT {source.limit + 1})"  # noqa: S608 - constants
        number = count(Sql(bounded, source.counted.parameters))
        if number <= source.limit and (best is None or number < best[0]):
            best = (number, source)
            if number == 0:
                break
    return Candidates(best[1].trace_ids, best[1].settled) if best is not None else None


def _sources(node: Node) -> list[_Source]:
    if isinstance(node, And):
        return [source for part in node.parts for source in _sources(part)]
    if isinstance(node, Or):
        branches = [_sources(part) for part in node.parts]
        return [_union([branch[0] for branch in branches])] if all(branches) else []
    return _of_comparison(node) if isinstance(node, Comparison) and not node.negated else []


def _union(sources: list[_Source]) -> _Source:
    counted = " UNION ALL ".join(f"SELECT * FROM (SELECT 1 {source.counted.text})" for source in sources)  # noqa: S608 - constants
    return _Source(
        Sql(
            " UNION ALL ".join(f"SELECT * FROM ({source.trace_ids.text})" for source in sources),  # noqa: S608 - constants
            tuple(value for source in sources for value in source.trace_ids.parameters),
        ),
        Sql(f"FROM ({counted})", tuple(value for source in sources for value in source.counted.parameters)),
    )


def _of_comparison(comparison: Comparison) -> list[_Source]:  # noqa: PLR0911 - one per kind of index
    column, key = comparison.reference
    name = column.name
    if comparison.text is not None:
        query = (match_text(comparison.text),)
        texts = "FROM spans_text WHERE spans_text MATCH ?"
        ids = f"SELECT trace_id FROM spans WHERE number IN (SELECT rowid {texts})"  # noqa: S608 - constants
        return [_Source(Sql(ids, query), Sql(texts, query), _MANY_TEXTS, comparison)]
    if comparison.operator in {Operator.IS_NULL, Operator.RLIKE}:
        return []
    if name == "trace_id":
        return [_plain("FROM traces WHERE", compare_bare(comparison))]
    if name in _INDEXED_TRACES:
        return [_plain(f"FROM traces INDEXED BY {_INDEXED_TRACES[name]} WHERE", compare_bare(comparison))]
    if name in _INDEXED_SPANS:
        return [_plain(f"FROM spans INDEXED BY {_INDEXED_SPANS[name]} WHERE", compare_bare(comparison))]
    if name in LABEL_KINDS and comparison.operator in {Operator.EQUAL, Operator.IN}:
        marks = ", ".join("?" * len(comparison.values))
        return [
            _plain(
                "FROM trace_labels WHERE",
                Sql(f"kind = ? AND key = ? AND value IN ({marks})", (LABEL_KINDS[name], key, *comparison.values)),
            )
        ]
    if name in {"feedback", "expectation"}:
        return [_plain("FROM assessments WHERE", Sql("name = ? AND type = ?", (key, name)))]
    return []


def _plain(source: str, where: Sql) -> _Source:
    source = f"{source} {where.text}"
    return _Source(Sql(f"SELECT trace_id {source}", where.parameters), Sql(source, where.parameters))
