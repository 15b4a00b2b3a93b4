"""Where the traces that fit a condition are found in an index, without looking at the traces.

Most sources are streams: their newest entries come first, so that a page needs no more than its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from spanloom.store.search.attribute_words import json_forms, word_of
from spanloom.store.search.columns import ColumnType
from spanloom.store.search.distinct import DOWN, UP, Values, distinct_values, steps_between
from spanloom.store.search.linked_prompts import on_linked_prompts
from spanloom.store.search.sqlite import LABEL_KINDS, Sql, compare_bare, match_text
from spanloom.store.search.steps import STEPPED
from spanloom.store.search.tree import And, Comparison, Node, Operator, Or

__all__ = ["Ask", "Branch", "Source", "sources_of"]

Ask = Callable[[Sql], Any]
"""Runs a query that gives one value."""

_MOST_BRANCHES: Final = 100
_MOST_TOGETHER: Final = 400
"""SQLite takes 500 queries in a UNION."""
_NS_PER_MS: Final = 1_000_000
_MAX_INTEGER: Final = 2**63 - 1

_TRACES: Final = {
    "status": "traces_by_state",
    "name": "traces_by_name",
    "session": "traces_by_session",
    "user": "traces_by_user",
    "experiment": "traces_by_experiment",
}
_SPANS: Final = {
    "span.name": "spans_by_name",
    "span.type": "spans_by_type",
    "span.status": "spans_by_status",
    "span.status_message": "spans_by_message",
    "span.model": "spans_by_model",
    "model": "spans_by_model",
}
_PARTIAL: Final = {"span.status_message": " AND spans.status_message != ''"}


class Branch(NamedTuple):
    """Entries of an index.

    Attributes:
        source: The FROM, and the WHERE.
        place: The column that they are in order of: the trace's start, or the number of the span, which rises too.
        trace_ids: A query for the traces of the entries; `{}` takes a further condition that begins with AND.
    """

    source: Sql
    place: str
    trace_ids: str

    def ids(self, further: str = "", *parameters: Any) -> Sql:
        """Return the query for the traces of the entries, of all or of those that fit a further condition."""
        return Sql(self.trace_ids.format(further), (*self.source.parameters, *parameters))


class Source(NamedTuple):
    """Indexes that together name every trace that can fit.

    Attributes:
        branches: The entries of each.
        ordered: Whether each gives its newest entries first.
        settled: The condition that all traces fit already; asking the index of words again would be slow.
    """

    branches: tuple[Branch, ...]
    ordered: bool = True
    settled: Comparison | None = None


def sources_of(node: Node, ask: Ask) -> list[Source]:
    """Return the sources of which each names every trace that fits."""
    if isinstance(node, And):
        return [source for part in node.parts for source in sources_of(part, ask)]
    if isinstance(node, Or):
        parts = [sources_of(part, ask) for part in node.parts]
        union = _union([part[0] for part in parts]) if all(parts) else None
        return [union] if union is not None and len(union.branches) <= _MOST_TOGETHER else []
    if not isinstance(node, Comparison):
        return []
    found = _of_comparison(on_linked_prompts(node), ask)
    return [found] if found is not None else []


def _union(sources: Sequence[Source]) -> Source:
    branches = tuple(branch for source in sources for branch in source.branches)
    places = {branch.place for branch in branches}
    return Source(branches, ordered=len(places) <= 1 and all(source.ordered for source in sources))


def _of_comparison(comparison: Comparison, ask: Ask) -> Source | None:  # noqa: PLR0911 - one per kind of index
    column, key = comparison.reference
    name = column.name
    if comparison.text is not None and not comparison.negated:
        return Source((_match("spans_text", match_text(comparison.text)),), settled=comparison)
    if comparison.operator is Operator.IS_NULL or (comparison.negated and column.many):
        return None
    if name in STEPPED and not comparison.negated:
        return _of_numbers(comparison, ask)
    if name in LABEL_KINDS or name in _TRACES or name in _SPANS:
        return _of_text(comparison, ask)
    if comparison.negated:
        return None
    if name == "end_time":
        return _of_end_time(comparison, ask)
    if name in {"trace_id", "client_request_id"}:
        indexed = " INDEXED BY traces_by_client_request_id" if name == "client_request_id" else ""
        return Source((_of_traces(f"traces{indexed}", compare_bare(comparison)),), ordered=False)
    if name == "span.attributes" and key is not None and comparison.operator in {Operator.EQUAL, Operator.IN}:
        forms = [form for value in comparison.values for form in json_forms(value)]
        return Source((_match("span_attributes", " OR ".join(dict.fromkeys(word_of(key, form) for form in forms))),))
    if name in {"feedback", "expectation"} and key is not None:
        return Source((_of_assessments(comparison, key),), ordered=False)
    return None


def _of_text(comparison: Comparison, ask: Ask) -> Source | None:
    """Return a branch per value that fits, if they can be told; else, one of a whole range."""
    operator = comparison.operator
    if operator in {Operator.EQUAL, Operator.IN} and not comparison.negated:
        wanted = tuple(dict.fromkeys(comparison.values))
        if len(wanted) > _MOST_TOGETHER:
            return Source((_of_list(comparison, wanted),), ordered=False)
        return Source(tuple(_of_value(comparison, value) for value in wanted))
    values: Values = distinct_values(comparison, _index_of(comparison), ask)
    if values.complete and len(values.fitting) <= _MOST_BRANCHES:
        branches = tuple(_of_value(comparison, value) for value in values.fitting)
        # Without a value, a trace differs from every value, but no index leads there.
        return Source(branches) if not (comparison.negated and values.missing) else None
    if comparison.negated or comparison.reference.column.name in LABEL_KINDS:
        return None
    return Source((_range(comparison),), ordered=False)


def _index_of(comparison: Comparison) -> Sql:
    """Return the FROM and the beginning of the WHERE of the index whose values are asked for."""
    name = comparison.reference.column.name
    if name in LABEL_KINDS:
        return Sql("trace_labels WHERE kind = ? AND key = ?", (LABEL_KINDS[name], comparison.reference.key))
    if name in _TRACES:
        return Sql(f"traces INDEXED BY {_TRACES[name]} WHERE 1")
    return Sql(f"spans INDEXED BY {_SPANS[name]} WHERE 1{_PARTIAL.get(name, '')}")


def _of_value(comparison: Comparison, value: Any) -> Branch:
    name = comparison.reference.column.name
    if name in LABEL_KINDS:
        labels = (LABEL_KINDS[name], comparison.reference.key, value)
        return _of_traces("trace_labels", Sql("kind = ? AND key = ? AND value = ?", labels))
    return _range(Comparison(comparison.reference, Operator.EQUAL, (value,)))


def _of_list(comparison: Comparison, values: tuple[Any, ...]) -> Branch:
    name = comparison.reference.column.name
    if name not in LABEL_KINDS:
        return _range(comparison)
    marks = ", ".join("?" * len(values))
    labels = (LABEL_KINDS[name], comparison.reference.key, *values)
    return _of_traces("trace_labels", Sql(f"kind = ? AND key = ? AND value IN ({marks})", labels))


def _range(comparison: Comparison) -> Branch:
    name, where = comparison.reference.column.name, compare_bare(comparison)
    if name in _TRACES:
        return _of_traces(f"traces INDEXED BY {_TRACES[name]}", where)
    where = Sql(where.text + _PARTIAL.get(name, ""), where.parameters)
    source = f"FROM spans INDEXED BY {_SPANS[name]} WHERE {where.text}"
    return Branch(Sql(source, where.parameters), "number", f"SELECT trace_id {source}{{}}")


def _of_traces(table: str, where: Sql) -> Branch:
    source = f"FROM {table} WHERE {where.text}"
    return Branch(Sql(source, where.parameters), "start_time_ns", f"SELECT trace_id {source}{{}}")


def _of_numbers(comparison: Comparison, ask: Ask) -> Source | None:
    if comparison.operator is not Operator.IN:
        return _of_number(comparison, ask)
    each = [replace(comparison, operator=Operator.EQUAL, values=(value,)) for value in dict.fromkeys(comparison.values)]
    sources = [source for one in each if (source := _of_number(one, ask)) is not None]
    branches = sum(len(source.branches) for source in sources)
    return _union(sources) if len(sources) == len(each) and branches <= _MOST_BRANCHES else None


def _of_number(comparison: Comparison, ask: Ask) -> Source | None:
    column = comparison.reference.column
    assert column.type is ColumnType.NUMBER
    stepped, where = STEPPED[column.name], compare_bare(comparison)
    if comparison.operator is Operator.EQUAL:
        # With an equals sign, SQLite writes the value into the expression of the step, and knows the index no more.
        where = Sql(f"{stepped.column} >= ? AND {stepped.column} <= ?", comparison.values * 2)
    steps = steps_between(stepped, comparison, ask)
    if len(steps) > _MOST_BRANCHES:
        return None
    table = f"traces INDEXED BY {stepped.index_name}"
    return Source(
        tuple(
            _of_traces(table, Sql(f"{stepped.step} = ? AND {where.text}", (number, *where.parameters)))
            for number in steps
        )
    )


def _of_end_time(comparison: Comparison, ask: Ask) -> Source:
    """Return the traces that did not begin too late to have ended by then, nor so early that they must have."""
    stepped = STEPPED["duration_ms"]
    last_step = f"(SELECT max({stepped.step}) FROM traces)"  # noqa: S608 - constants
    slowest = f"SELECT max({stepped.column}) FROM traces WHERE {stepped.step} = {last_step}"  # noqa: S608 - constants
    first, last = min(map(int, comparison.values)), max(map(int, comparison.values))
    begin = -_MAX_INTEGER if comparison.operator in DOWN else (first - (ask(Sql(slowest)) or 0) - 1) * _NS_PER_MS
    end = _MAX_INTEGER if comparison.operator in UP else (last + 1) * _NS_PER_MS
    bounds = tuple(max(-_MAX_INTEGER, min(_MAX_INTEGER, bound)) for bound in (begin, end))
    where = Sql("start_time_ns >= ? AND start_time_ns <= ?", bounds)
    return Source((_of_traces("traces INDEXED BY traces_by_time", where),))


def _match(table: str, query: str) -> Branch:
    source = f"FROM {table} WHERE {table} MATCH ?"
    ids = f"SELECT trace_id FROM spans WHERE number IN (SELECT rowid {source}{{}})"  # noqa: S608 - constants
    return Branch(Sql(source, (query,)), "rowid", ids)


def _of_assessments(comparison: Comparison, key: str) -> Branch:
    where, parameters = "name = ? AND type = ?", [key, comparison.reference.column.name]
    if comparison.operator in {Operator.EQUAL, Operator.IN}:
        forms = [form.decode() for value in comparison.values for form in json_forms(value)]
        where += f" AND value IN ({', '.join('?' * len(forms))})"
        parameters += forms
    source = f"FROM assessments INDEXED BY assessments_by_name WHERE {where}"
    return Branch(Sql(source, tuple(parameters)), "sequence", f"SELECT trace_id {source}{{}}")
