"""The values that an index knows, found by leaping from each to the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from spanloom.store.search.conditions import LABEL_KINDS, column_sql
from spanloom.store.search.sql import Sql, join
from spanloom.store.search.sqlite import SQLITE
from spanloom.store.search.steps import Stepped, step
from spanloom.store.search.tree import Comparison, Operator

if TYPE_CHECKING:
    from spanloom.store.search.sources import Ask

__all__ = ["DOWN", "UP", "Values", "distinct_values", "steps_between"]

_MOST_VALUES: Final = 1000
_LAST_CHARACTER: Final = "\U0010ffff"
_MOST_STEPS: Final = 400
UP: Final = frozenset({Operator.GREATER, Operator.GREATER_OR_EQUAL})
DOWN: Final = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL})


class Values(NamedTuple):
    """The values that fit a condition.

    Attributes:
        fitting: The values.
        complete: Whether all were looked at: there are not too many.
        missing: Whether there may be traces, or spans, without a value.
    """

    fitting: list[Any]
    complete: bool
    missing: bool


def distinct_values(comparison: Comparison, index: Sql, ask: Ask) -> Values:
    """Return the values in an index that fit a condition on text.

    Args:
        comparison: The condition.
        index: What follows FROM, up to a condition that AND can follow.
        ask: Runs a query that gives one value.
    """
    name = comparison.reference.column.name
    column = "value" if name in LABEL_KINDS else column_sql(name)
    fits = _test_of_value(comparison)
    prefix = _prefix(comparison)
    if prefix:
        beyond = (prefix, prefix + _LAST_CHARACTER)
        index = Sql(f"{index.text} AND {column} >= ? AND {column} < ?", (*index.parameters, *beyond))
    text = (
        f"WITH RECURSIVE known(value) AS (SELECT min({column}) FROM {index.text} AND {column} IS NOT NULL UNION ALL "  # noqa: S608 - constants
        f"SELECT (SELECT min({column}) FROM {index.text} AND {column} > known.value) FROM known "
        f"WHERE known.value IS NOT NULL LIMIT {_MOST_VALUES + 1}) "
        f"SELECT json_array(count(*), json_group_array(value) FILTER (WHERE value IS NOT NULL AND {fits.text})) "
        "FROM known"
    )
    found = ask(Sql(text, (*index.parameters, *index.parameters, *fits.parameters)))
    number, fitting = orjson.loads(found)
    always_there = name in {"status", "name", "experiment", "span.name", "span.type", "span.status"}
    return Values(fitting, complete=number <= _MOST_VALUES, missing=not always_there)


def steps_between(stepped: Stepped, comparison: Comparison, ask: Ask) -> list[int]:
    """Return the steps that occur, and whose numbers may fit a condition."""
    values = [float(value) for value in comparison.values]
    rounded = stepped.scale != 1  # a product may be rounded over the edge of a step
    low = -1 if comparison.operator in DOWN else step(min(values), stepped.scale) - rounded
    high = 10_000 if comparison.operator in UP else step(max(values), stepped.scale) + rounded
    source = f"traces INDEXED BY {stepped.index_name} WHERE {stepped.column} IS NOT NULL AND {stepped.step}"
    text = (
        f"WITH RECURSIVE known(step) AS (SELECT min({stepped.step}) FROM {source} >= ? UNION ALL "  # noqa: S608 - constants
        f"SELECT (SELECT min({stepped.step}) FROM {source} > known.step) FROM known "
        f"WHERE known.step < ? LIMIT {_MOST_STEPS}) "
        "SELECT json_group_array(step) FROM known WHERE step <= ?"
    )
    steps: list[int] = orjson.loads(ask(Sql(text, (low, high, high))))
    return steps


def _test_of_value(comparison: Comparison) -> Sql:
    """Return the comparison of a column called `value` that is never NULL."""
    operator = Operator.EQUAL if comparison.operator is Operator.IN else comparison.operator
    tests = [SQLITE.test(operator, value) for value in comparison.values]
    tested = join(" OR ", [Sql(f"value {test}", (parameter,)) for test, parameter in tests])
    return Sql(f"NOT ({tested.text})", tested.parameters) if comparison.negated else tested


def _prefix(comparison: Comparison) -> str:
    """Return what every value begins with that fits."""
    if comparison.operator is not Operator.LIKE or comparison.negated:
        return ""
    return re.split("[%_]", str(comparison.values[0]), maxsplit=1)[0]
