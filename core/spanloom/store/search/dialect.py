"""What engines spell differently: everything else of a search is the same SQL for all of them."""

from __future__ import annotations

from typing import Protocol

from spanloom.store.search.sql import Sql
from spanloom.store.search.text_query import TextQuery
from spanloom.store.search.tree import Operator, Value

__all__ = ["Dialect"]


class Dialect(Protocol):
    """The spellings of one engine.

    Attributes:
        ids: A table `wanted` whose column `value` holds the ids of one parameter, a JSON list.
        join: The join whose left side is read first.
        counts: Whether a search begins by counting what the indexes name, for want of statistics in the engine.
    """

    ids: str
    join: str
    counts: bool

    def truth(self, comparison: Sql) -> Sql:
        """Return the comparison of one value, in the form that is planned best."""

    def character(self, code: int) -> str:
        """Return the function call that gives a character."""

    def member(self, document: str, key: str | None, kind: type[Value]) -> Sql:
        """Return a member of a JSON document, or the whole, as text.

        Args:
            document: A column that holds JSON text.
            key: The member's name; `None` for the whole.
            kind: `str` for any value as text, `bool` for none but `true` and `false`, as text; otherwise for none but
                numbers, as numbers.
        """

    def label(self, document: str, key: str) -> Sql:
        """Return a member that is always text."""

    def labelled(self, document: str, key: str, values: tuple[Value, ...]) -> Sql | None:
        """Return the condition that a member is one of these texts, if an index serves it."""

    def test(self, operator: Operator, value: Value) -> tuple[str, Value]:
        """Return what stands right of a column, and the parameter."""

    def matches(self, query: TextQuery) -> Sql:
        """Return the query of the spans of `traces.trace_id` that hold these words."""
