"""How SQLite spells what engines spell differently."""

from __future__ import annotations

import re
import sqlite3
from typing import Any, Final

from spanloom.store.search.attribute_words import words_of_text
from spanloom.store.search.conditions import LABEL_KINDS, column_sql
from spanloom.store.search.sql import Sql
from spanloom.store.search.text_query import Term, TextQuery
from spanloom.store.search.tree import Comparison, Operator, Value

__all__ = ["LABEL_KINDS", "SQLITE", "Sql", "SqliteDialect", "add_functions", "compare_bare", "match_text"]

_MATCHING: Final = (
    "SELECT 1 FROM spans CROSS JOIN spans_text ON spans_text.rowid = spans.number "
    "WHERE spans.trace_id = traces.trace_id AND spans_text MATCH ?"
)


class SqliteDialect:
    """SQLite, with FTS5 and the functions of `add_functions`."""

    ids = "json_each(?) AS wanted"
    join = "CROSS JOIN"
    counts = True

    def truth(self, comparison: Sql) -> Sql:
        """Return it hidden from the indexes: `candidates` chooses them, SQLite only guesses."""
        return Sql(f"coalesce({comparison.text}, 0)", comparison.parameters, certain=True)

    def character(self, code: int) -> str:
        """Return the function call that gives a character."""
        return f"char({code})"

    def member(self, document: str, key: str | None, kind: type[Value]) -> Sql:
        """Return a member of a JSON document as text, or as a number."""
        path = "$" if key is None else f'$."{key}"'
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

    def label(self, document: str, key: str) -> Sql:
        """Return a member that is always text."""
        return Sql(f"json_extract({document}, ?)", (f'$."{key}"',))

    def labelled(self, document: str, key: str, values: tuple[Value, ...]) -> None:
        """Return nothing: the index of labels is a table of its own, which `candidates` asks."""

    def test(self, operator: Operator, value: Value) -> tuple[str, Value]:
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

    def matches(self, query: TextQuery) -> Sql:
        """Return the query of the spans of `traces.trace_id` that hold these words."""
        return Sql(_MATCHING, (match_text(query),))


SQLITE: Final = SqliteDialect()


def compare_bare(comparison: Comparison) -> Sql:
    """Return the comparison of a column of its own, in the form that an index of it serves; never true for NULL."""
    column = column_sql(comparison.reference.column.name)
    if comparison.operator is Operator.IN:
        return Sql(f"{column} IN ({', '.join('?' * len(comparison.values))})", comparison.values)
    test, parameter = SQLITE.test(comparison.operator, comparison.values[0])
    return Sql(f"{column} {test} AND {column} IS NOT NULL", (parameter,))


def match_text(query: TextQuery) -> str:
    """Return the query in FTS5's own language, every term quoted."""
    groups = [f"({' OR '.join(map(_fts5_term, group))})" for group in query.groups]
    absent = "".join(f" NOT {_fts5_term(term)}" for term in query.absent)
    return f"({' AND '.join(groups)}){absent}"


def _fts5_term(term: Term) -> str:
    quoted = term.text.replace('"', '""').replace("\0", " ")
    return f'"{quoted}"{"*" if term.prefix else ""}'


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
    """Give the connection what conditions and the index of attributes need.

    SQLite has a REGEXP operator, but no function behind it.
    """
    connection.create_function("regexp", 2, _regexp, deterministic=True)
    connection.create_function("attribute_words", 1, words_of_text, deterministic=True)
