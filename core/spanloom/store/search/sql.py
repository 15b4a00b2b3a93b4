"""Pieces of SQL with their parameters, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

__all__ = ["Sql", "exists", "join", "negated"]


_MOST_PARTS: Final = 100


class Sql(NamedTuple):
    """A piece of SQL and its parameters, one per `?`.

    Attributes:
        text: Constants only.
        parameters: What the question marks stand for.
        certain: Whether, as a condition, it is never NULL.
    """

    text: str
    parameters: tuple[Any, ...] = ()
    certain: bool = False


def negated(sql: Sql) -> Sql:
    """Return the condition that holds wherever this one does not: for a missing value, too."""
    held = sql.text if sql.certain else f"coalesce({sql.text}, FALSE)"
    return Sql(f"NOT ({held})", sql.parameters, certain=True)


def exists(select: str, where: Sql, *parameters: Any) -> Sql:
    """Return the condition that a query, which ends with `AND`, finds something."""
    return Sql(f"EXISTS ({select}({where.text}))", (*parameters, *where.parameters), certain=True)


def join(word: str, parts: Iterable[Sql]) -> Sql:
    """Return the conditions with AND or OR between them."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _MOST_PARTS:  # SQLite takes expressions that are 1,000 levels deep, and each part is one
        middle = len(parts) // 2
        parts = [join(word, parts[:middle]), join(word, parts[middle:])]
    return Sql(
        word.join(f"({part.text})" for part in parts),
        tuple(value for part in parts for value in part.parameters),
        certain=all(part.certain for part in parts),
    )
