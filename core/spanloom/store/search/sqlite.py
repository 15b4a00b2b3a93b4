"""A filter's syntax tree as SQLite conditions: constants of this module, and one parameter per value.

Every condition is true or false, never NULL: a missing value fits no comparison, and so it fits every negated one.
Conditions on spans that stand in one AND are asked of the same span.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from spanloom.store.search.columns import ColumnType
from spanloom.store.search.text_query import Term, TextQuery
from spanloom.store.search.tree import And, Comparison, Node, Not, Operator, Or, Value

__all__ = ["LABEL_KINDS", "Sql", "add_functions", "compare_bare", "condition", "expression", "match_text"]


class Sql(NamedTuple):
    """A piece of SQL and its parameters."""

    text: str
    parameters: tuple[Any, ...] = ()


LABEL_KINDS: Final = {"tags": "tag", "metadata": "metadata"}
"""How the rows of `trace_labels` are told apart."""

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
    "text": "(coalesce(spans.inputs, '') || char(10) || coalesce(spans.outputs, ''))",
    "span.name": "spans.name",
    "span.type": "spans.span_type",
    "span.status": "spans.status",
    "span.status_message": "spans.status_message",
    "span.id": "spans.span_id",
    "span.duration_ms": "((spans.end_time_ns - spans.start_time_ns) / 1e6)",
    "span.model": "spans.model",
    "span.inputs": "spans.inputs",
    "span.outputs": "spans.outputs",
    "span.content": "(spans.name || char(10) || coalesce(spans.inputs, '') || char(10) || coalesce(spans.outputs, '')"
    " || char(10) || coalesce(spans.attributes, ''))",
}
_DOCUMENTS: Final = {
    "tags": "traces.tags",
    "metadata": "traces.metadata",
    "feedback": "assessments.value",
    "expectation": "assessments.value",
    "span.attributes": "spans.attributes",
}
_OF_THIS_TRACE: Final = "SELECT 1 FROM spans WHERE spans.trace_id = traces.trace_id AND "
_MATCHING: Final = (
    "SELECT 1 FROM spans CROSS JOIN spans_text ON spans_text.rowid = spans.number "
    "WHERE spans.trace_id = traces.trace_id AND spans_text MATCH ?"
)
_ASSESSED: Final = (
    "SELECT 1 FROM assessments WHERE assessments.trace_id = traces.trace_id "
    "AND assessments.name = ? AND assessments.type = ? AND "
)
_NS_PER_MS: Final = 1_000_000
_MAX_INTEGER: Final = 2**63 - 1


def condition(node: Node) -> Sql:
    """Return the condition on a row of `traces`."""
    if isinstance(node, Not):
        return _not(condition(node.part))
    if _about_one_span(node):
        return _exists(_OF_THIS_TRACE, _of_span(node))
    if isinstance(node, And):
        of_span = [part for part in node.parts if _about_one_span(part)]
        others = [condition(part) for part in node.parts if not _about_one_span(part)]
        asked = [_exists(_OF_THIS_TRACE, _join(" AND ", map(_of_span, of_span)))] if of_span else []
        return _join(" AND ", [*others, *asked])
    if isinstance(node, Or):
        return _join(" OR ", map(condition, node.parts))
    return _not(_holds(node)) if node.negated else _holds(node)


def _about_one_span(node: Node) -> bool:
    if isinstance(node, Comparison):
        return node.reference.column.of_span
    return isinstance(node, And | Or) and all(map(_about_one_span, node.parts))


def _of_span(node: Node) -> Sql:
    """Return the condition on a row of `spans`."""
    if isinstance(node, And | Or):
        return _join(" AND " if isinstance(node, And) else " OR ", map(_of_span, node.parts))
    assert isinstance(node, Comparison)
    return _not(_holds(node)) if node.negated else _holds(node)


def _holds(comparison: Comparison) -> Sql:
    """Return the condition without its negation."""
    column, key = comparison.reference
    if column.name in {"feedback", "expectation"}:
        if comparison.operator is Operator.IS_NULL:
            return _not(_exists(_ASSESSED, Sql("assessments.value != 'null'"), key, column.name))
        return _exists(_ASSESSED, _compare(comparison), key, column.name)
    if comparison.text is not None:
        return Sql(f"EXISTS ({_MATCHING})", (match_text(comparison.text),))
    if not column.many:
        return _compare(comparison)
    if comparison.operator is Operator.IS_NULL:
        return _not(_exists(_OF_THIS_TRACE, Sql(f"{_COLUMNS[column.name]} IS NOT NULL")))
    return _exists(_OF_THIS_TRACE, _compare(comparison))


def _compare(comparison: Comparison) -> Sql:
    """Return the comparison of one value, its negation left out."""
    column, key = comparison.reference
    operator, values = comparison.operator, comparison.values
    if operator is Operator.IN:
        return _join(" OR ", [_compare(Comparison(comparison.reference, Operator.EQUAL, (value,))) for value in values])
    if column.name == "start_time" and operator is not Operator.IS_NULL:
        return _start_time(operator, int(values[0]))
    kind = type(values[0]) if values and column.type is ColumnType.JSON else str
    value = expression(column.name, key, kind)
    if operator is Operator.IS_NULL:
        return Sql(f"{value.text} IS NULL", value.parameters)
    if kind is bool:
        return Sql(f"{value.text} IS ?", (*value.parameters, "true" if values[0] else "false"))
    test, parameter = _test(operator, values[0])
    return Sql(f"coalesce({value.text} {test}, 0)", (*value.parameters, parameter))


def compare_bare(comparison: Comparison) -> Sql:
    """Return the comparison of a column of its own, in the form that an index of it serves; never true for NULL."""
    column = _COLUMNS[comparison.reference.column.name]
    if comparison.operator is Operator.IN:
        return Sql(f"{column} IN ({', '.join('?' * len(comparison.values))})", comparison.values)
    test, parameter = _test(comparison.operator, comparison.values[0])
    return Sql(f"{column} {test} AND {column} IS NOT NULL", (parameter,))


def expression(name: str, key: str | None, kind: type[Value] = str) -> Sql:
    """Return the SQL of a column's value, as text, as a number, or as the JSON type that tells true from false."""
    if name in _COLUMNS:
        return Sql(_COLUMNS[name])
    document, path = _DOCUMENTS[name], f'$."{key}"' if name not in {"feedback", "expectation"} else "$"
    if name in LABEL_KINDS:
        return Sql(f"json_extract({document}, ?)", (path,))
    if kind is bool:
        return Sql(f"json_type({document}, ?)", (path,))
    if kind is str:
        text = (
            f"(CASE json_type({document}, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
            f"ELSE CAST(json_extract({document}, ?) AS TEXT) END)"
        )
    else:
        text = f"(CASE WHEN json_type({document}, ?) IN ('integer', 'real') THEN json_extract({document}, ?) END)"
    return Sql(text, (path, path))


def match_text(query: TextQuery) -> str:
    """Return the query in FTS5's own language, every term quoted."""
    groups = [f"({' OR '.join(map(_fts5_term, group))})" for group in query.groups]
    absent = "".join(f" NOT {_fts5_term(term)}" for term in query.absent)
    return f"({' AND '.join(groups)}){absent}"


def _fts5_term(term: Term) -> str:
    quoted = term.text.replace('"', '""').replace("\0", " ")
    return f'"{quoted}"{"*" if term.prefix else ""}'


def _start_time(operator: Operator, milliseconds: int) -> Sql:
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


def _test(operator: Operator, value: Value) -> tuple[str, Value]:
    """Return what stands right of a column, and the parameter."""
    if operator is Operator.LIKE:
        return "GLOB ?", _glob(str(value))
    if operator is Operator.ILIKE:
        if str(value).isascii():
            return "LIKE ?", value
        return "REGEXP ?", "(?si)" + _like_as_regexp(str(value))
    if operator is Operator.RLIKE:
        return "REGEXP ?", value
    return f"{operator.value} ?", value


def _glob(pattern: str) -> str:
    """LIKE tells capitals apart, as in MLflow and PostgreSQL; in SQLite only GLOB does."""
    translated = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(translated.get(character, character) for character in pattern)


def _like_as_regexp(pattern: str) -> str:
    translated = {"%": ".*", "_": "."}
    return r"\A" + "".join(translated.get(character) or re.escape(character) for character in pattern) + r"\Z"


def _regexp(pattern: str, text: Any) -> bool:
    return text is not None and re.search(pattern, str(text)) is not None


def add_functions(connection: sqlite3.Connection) -> None:
    """Give the connection what the conditions need: SQLite has a REGEXP operator, but no function behind it."""
    connection.create_function("regexp", 2, _regexp, deterministic=True)


def _not(sql: Sql) -> Sql:
    return Sql(f"NOT ({sql.text})", sql.parameters)


def _exists(select: str, where: Sql, *parameters: Any) -> Sql:
    return Sql(f"EXISTS ({select}({where.text}))", (*parameters, *where.parameters))


def _join(word: str, parts: Iterable[Sql]) -> Sql:
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    return Sql(
        word.join(f"({part.text})" for part in parts), tuple(value for part in parts for value in part.parameters)
    )
