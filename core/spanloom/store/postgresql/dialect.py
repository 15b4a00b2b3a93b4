"""How PostgreSQL spells what engines spell differently."""

from __future__ import annotations

import re
from typing import Final

import orjson

from spanloom.store.postgresql.words import text_query
from spanloom.store.search.sql import Sql
from spanloom.store.search.text_query import TextQuery
from spanloom.store.search.tree import Operator, Value

__all__ = ["JSON_TEXT", "PostgresqlDialect"]

JSON_TEXT: Final = r"replace({document}, '\u0000', '\ufffd')"
"""A document that PostgreSQL's functions read: they refuse the character NUL, although JSON has it."""

_FLAGS = re.compile(r"\(\?([aiLmsux]+)\)")
_ESCAPE = re.compile(r"\\(.)|\(\?P<\w+>", re.DOTALL)
_SPELLED: Final = {"b": r"\y", "B": r"\Y"}


class PostgresqlDialect:
    """PostgreSQL, whose columns compare texts by their characters (collation "C").

    Args:
        letters: A collation that knows the capitals of all alphabets.
    """

    ids = "json_array_elements_text(?::json) AS wanted (value)"
    join = "JOIN"
    counts = False

    def __init__(self, letters: str) -> None:
        self._letters = f'COLLATE "{letters}"'

    def truth(self, comparison: Sql) -> Sql:
        """Return it as it is: in sight of the indexes, of which PostgreSQL's own statistics choose."""
        return comparison

    def character(self, code: int) -> str:
        """Return the function call that gives a character."""
        return f"chr({code})"

    def member(self, document: str, key: str | None, kind: type[Value]) -> Sql:
        """Return a member of a JSON document as text, or as a number."""
        whole = f"{JSON_TEXT.format(document=document)}::json"
        value, parameters = (whole, ()) if key is None else (f"({whole} -> ?::text)", (key,))
        text = f"({value} #>> '{{}}')"
        if kind is str:
            return Sql(f'({text} COLLATE "C")', parameters)
        wanted, result = ("boolean", text) if kind is bool else ("number", f"{text}::numeric")
        return Sql(f"(CASE WHEN json_typeof({value}) = '{wanted}' THEN {result} END)", (*parameters, *parameters))

    def label(self, document: str, key: str) -> Sql:
        """Return a member that is always text."""
        return Sql(f'(({JSON_TEXT.format(document=document)}::jsonb ->> ?::text) COLLATE "C")', (key,))

    def labelled(self, document: str, key: str, values: tuple[Value, ...]) -> Sql:
        """Return the condition that a member is one of these texts, which the index of the document serves."""
        test = f"{JSON_TEXT.format(document=document)}::jsonb @> ?::jsonb"
        return Sql(
            "(" + " OR ".join([test] * len(values)) + ")",
            tuple(orjson.dumps({key: value}).decode() for value in values),
        )

    def test(self, operator: Operator, value: Value) -> tuple[str, Value]:
        """Return what stands right of a column, and the parameter."""
        if operator is Operator.LIKE:
            return "LIKE ?", str(value).replace("\\", "\\\\")
        if operator is Operator.ILIKE:
            return f"{self._letters} ILIKE ?", str(value).replace("\\", "\\\\")
        if operator is Operator.RLIKE:
            return f"{self._letters} ~ ?", _regular_expression(str(value))
        return f"{operator.value} ?", value

    def matches(self, query: TextQuery) -> Sql:
        """Return the query of the spans of `traces.trace_id` that hold these words."""
        matching = (
            "SELECT 1 FROM spans WHERE spans.trace_id = traces.trace_id AND spans.words @@ to_tsquery('simple', ?)"
        )
        return Sql(matching, (text_query(query),))


def _regular_expression(pattern: str) -> str:
    """Return a regular expression of Python in PostgreSQL's spelling, as far as both have the same."""
    found = _FLAGS.match(pattern)
    flags = found[1] if found else ""
    lines = {(False, False): "p", (False, True): "s", (True, False): "n", (True, True): "w"}["m" in flags, "s" in flags]
    options = lines + "".join(flag for flag in "ix" if flag in flags)
    return f"***:(?{options}){_ESCAPE.sub(_spelled, pattern[found.end() if found else 0 :])}"


def _spelled(found: re.Match[str]) -> str:
    if found[1] is None:
        return "("
    return _SPELLED.get(found[1], found[0])
