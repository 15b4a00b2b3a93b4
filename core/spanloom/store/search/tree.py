"""The syntax tree of a filter: documented columns, typed values, and nothing of the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spanloom.store.search.columns import Reference
from spanloom.store.search.text_query import TextQuery

__all__ = ["And", "Comparison", "Node", "Not", "Operator", "Or", "Value"]

Value = str | int | float | bool


class Operator(StrEnum):
    """How a column is compared. The negated ones (`!=`, `NOT LIKE`, …) are a `Comparison` with `negated`."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "IN"
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    RLIKE = "RLIKE"
    IS_NULL = "IS NULL"
    MATCH = "MATCH"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition.

    Attributes:
        reference: The column, with its key.
        operator: Always the positive one.
        values: One; several for `IN`; none for `IS NULL`. Times are whole milliseconds since 1970.
        negated: A missing value counts as different.
        text: The query of `MATCH`.
    """

    reference: Reference
    operator: Operator
    values: tuple[Value, ...] = ()
    negated: bool = False
    text: TextQuery | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Node = Comparison | And | Or | Not
