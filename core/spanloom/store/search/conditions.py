"""A filter's syntax tree as SQL conditions: constants of this module and its dialects, and one parameter per value.

A missing value fits no comparison, and so it fits every negated one.
Conditions on spans that stand in one AND are asked of the same span.
"""

from __future__ import annotations

from typing import Final

from spanloom.store.search.columns import ColumnType
from spanloom.store.search.dialect import Dialect
from spanloom.store.search.linked_prompts import on_linked_prompts
from spanloom.store.search.sql import Sql, exists, join, negated
from spanloom.store.search.tree import And, Comparison, Node, Not, Operator, Or, Value

__all__ = ["LABEL_KINDS", "Conditions", "column_sql", "compare_start_time"]

LABEL_KINDS: Final = {"tags": "tag", "metadata": "metadata"}
"""Columns whose values are texts that other programs may search, too."""

_COLUMNS: Final = {
    "status": "traces.state",
    "name": "traces.name",
    "trace_id": "traces.trace_id",
    "experiment": "traces.experiment",
    "duration_ms": "traces.execution_duration",
    "start_time": "traces.start_time_ns",
    "end_time": "(traces.start_time_ns / 1000000 + traces.execution_duration)",
    "session": "traces.session_id",
    "user": "traces.user",
    "client_request_id": "traces.client_request_id",
    "request": "traces.request_preview",
    "response": "traces.response_preview",
    "total_tokens": "traces.total_tokens",
    "input_tokens": "traces.input_tokens",
    "output_tokens": "traces.output_tokens",
    "cache_read_input_tokens": "traces.cache_read_input_tokens",
    "cache_creation_input_tokens": "traces.cache_creation_input_tokens",
    "reasoning_output_tokens": "traces.reasoning_output_tokens",
    "cost": "traces.cost",
    "model": "spans.model",
    "text": "(coalesce(spans.inputs, '') || {newline} || coalesce(spans.outputs, ''))",
    "span.name": "spans.name",
    "span.type": "spans.span_type",
    "span.status": "spans.status",
    "span.status_message": "spans.status_message",
    "span.id": "spans.span_id",
    "span.duration_ms": "((spans.end_time_ns - spans.start_time_ns) / 1e6)",
    "span.model": "spans.model",
    "span.inputs": "spans.inputs",
    "span.outputs": "spans.outputs",
    "span.content": "(spans.name || {newline} || coalesce(spans.inputs, '') || {newline} || coalesce(spans.outputs, '')"
    " || {newline} || coalesce(spans.attributes, ''))",
}
_DOCUMENTS: Final = {
    "tags": "traces.tags",
    "metadata": "traces.metadata",
    "feedback": "assessments.value",
    "expectation": "assessments.value",
    "span.attributes": "spans.attributes",
}
_OF_THIS_TRACE: Final = "SELECT 1 FROM spans WHERE spans.trace_id = traces.trace_id AND "
_ASSESSED: Final = (
    "SELECT 1 FROM assessments WHERE assessments.trace_id = traces.trace_id "
    "AND assessments.name = ? AND assessments.type = ? AND "
)
_NS_PER_MS: Final = 1_000_000
_MAX_INTEGER: Final = 2**63 - 1
_LINE_FEED: Final = 10


class Conditions:
    """Makes conditions for one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def of_trace(self, node: Node) -> Sql:
        """Return the condition on a row of `traces`."""
        if isinstance(node, Not):
            return negated(self.of_trace(node.part))
        if _about_one_span(node):
            return exists(_OF_THIS_TRACE, self._of_span(node))
        if isinstance(node, And):
            of_span = [part for part in node.parts if _about_one_span(part)]
            others = [self.of_trace(part) for part in node.parts if not _about_one_span(part)]
            asked = [exists(_OF_THIS_TRACE, join(" AND ", map(self._of_span, of_span)))] if of_span else []
            return join(" AND ", [*others, *asked])
        if isinstance(node, Or):
            return join(" OR ", map(self.of_trace, node.parts))
        node = on_linked_prompts(node)
        return negated(self._holds(node)) if node.negated else self._holds(node)

    def _of_span(self, node: Node) -> Sql:
        """Return the condition on a row of `spans`."""
        if isinstance(node, And | Or):
            return join(" AND " if isinstance(node, And) else " OR ", map(self._of_span, node.parts))
        assert isinstance(node, Comparison)
        return negated(self._holds(node)) if node.negated else self._holds(node)

    def _holds(self, comparison: Comparison) -> Sql:
        """Return the condition without its negation."""
        column, key = comparison.reference
        if column.name in {"feedback", "expectation"}:
            if comparison.operator is Operator.IS_NULL:
                return negated(exists(_ASSESSED, Sql("assessments.value != 'null'"), key, column.name))
            return exists(_ASSESSED, self._compare(comparison), key, column.name)
        if comparison.text is not None:
            found = self._dialect.matches(comparison.text)
            return Sql(f"EXISTS ({found.text})", found.parameters, certain=True)
        if not column.many:
            return self._compare(comparison)
        if comparison.operator is Operator.IS_NULL:
            return negated(exists(_OF_THIS_TRACE, Sql(f"{self._value(comparison, str).text} IS NOT NULL")))
        return exists(_OF_THIS_TRACE, self._compare(comparison))

    def _compare(self, comparison: Comparison) -> Sql:
        """Return the comparison of one value, its negation left out."""
        column, key = comparison.reference
        operator, values = comparison.operator, comparison.values
        if key is not None and column.name in LABEL_KINDS and operator in {Operator.EQUAL, Operator.IN}:
            labelled = self._dialect.labelled(_DOCUMENTS[column.name], key, values)
            if labelled is not None:
                return labelled
        if operator is Operator.IN:
            each = (Comparison(comparison.reference, Operator.EQUAL, (value,)) for value in values)
            return join(" OR ", map(self._compare, each))
        if column.name == "start_time" and operator is not Operator.IS_NULL:
            return compare_start_time(operator, int(values[0]))
        kind = type(values[0]) if values and column.type is ColumnType.JSON else str
        value = self._value(comparison, kind)
        if operator is Operator.IS_NULL:
            return Sql(f"{value.text} IS NULL", value.parameters, certain=True)
        wanted: Value = ("true" if values[0] else "false") if kind is bool else values[0]
        test, parameter = self._dialect.test(operator, wanted)
        return self._dialect.truth(Sql(f"{value.text} {test}", (*value.parameters, parameter)))

    def _value(self, comparison: Comparison, kind: type[Value]) -> Sql:
        """Return the SQL of the column: as text, as a number, or as `true` or `false`."""
        (column, key), dialect = comparison.reference, self._dialect
        if column.name in _COLUMNS:
            return Sql(_COLUMNS[column.name].format(newline=dialect.character(_LINE_FEED)))
        document = _DOCUMENTS[column.name]
        if column.name in LABEL_KINDS:
            assert key is not None
            return dialect.label(document, key)
        return dialect.member(document, None if column.name in {"feedback", "expectation"} else key, kind)


def column_sql(name: str) -> str:
    """Return the SQL of a column of `traces`, or of one that is stored with the spans as it is."""
    return _COLUMNS[name]


def compare_start_time(operator: Operator, milliseconds: int) -> Sql:
    """Compare whole milliseconds with the nanoseconds of the index."""
    begin, end = (_bounded(number * _NS_PER_MS) for number in (milliseconds, milliseconds + 1))
    column = _COLUMNS["start_time"]
    return {
        Operator.EQUAL: Sql(f"({column} >= ? AND {column} < ?)", (begin, end)),
        Operator.LESS: Sql(f"{column} < ?", (begin,)),
        Operator.LESS_OR_EQUAL: Sql(f"{column} < ?", (end,)),
        Operator.GREATER: Sql(f"{column} >= ?", (end,)),
        Operator.GREATER_OR_EQUAL: Sql(f"{column} >= ?", (begin,)),
    }[operator]


def _bounded(number: int) -> int:
    return max(-_MAX_INTEGER, min(_MAX_INTEGER, number))


def _about_one_span(node: Node) -> bool:
    if isinstance(node, Comparison):
        return node.reference.column.of_span
    return isinstance(node, And | Or) and all(map(_about_one_span, node.parts))
