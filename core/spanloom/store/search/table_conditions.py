"""A filter's syntax tree as SQL conditions on the rows of a table that is kept beside the traces, for every engine.

Every condition is true or false, never NULL: a missing value fits no comparison, and so it fits every negated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, func, not_, or_, select

from spanloom.store.search.columns import Reference
from spanloom.store.search.sqlite import SQLITE
from spanloom.store.search.tree import And, Comparison, Node, Not, Operator, Or

__all__ = ["TableConditions"]


class TableConditions:
    """Conditions on the rows of one table.

    Args:
        table: The table; a column of a filter is the column of its name.
        row_id: The column that tells rows apart; the tables of keys have one of the same name.
        keyed: By column of a filter, the table that holds its keys and values in `key` and `value`.
    """

    def __init__(self, table: Table, row_id: str, keyed: Mapping[str, Table]) -> None:
        self._table = table
        self._row_id = row_id
        self._keyed = keyed

    def condition(self, node: Node, engine: str) -> ColumnElement[bool]:
        """Return the condition on a row, for the engine of this name."""
        if isinstance(node, Not):
            return not_(self.condition(node.part, engine))
        if isinstance(node, And):
            return and_(*(self.condition(part, engine) for part in node.parts))
        if isinstance(node, Or):
            return or_(*(self.condition(part, engine) for part in node.parts))
        holds = self._holds(node, engine)
        return not_(holds) if node.negated else holds

    def value_of(self, reference: Reference) -> ColumnElement[Any]:
        """Return the value of a column of a row, NULL where it is missing."""
        table = self._keyed.get(reference.column.name)
        if table is None:
            return self._table.c[reference.column.name]
        return select(table.c.value).where(*self._rows(table, reference)).scalar_subquery()

    def _rows(self, table: Table, reference: Reference) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return table.c[self._row_id] == self._table.c[self._row_id], table.c.key == reference.key

    def _holds(self, comparison: Comparison, engine: str) -> ColumnElement[bool]:
        """Return the condition without its negation."""
        table = self._keyed.get(comparison.reference.column.name)
        if table is None:
            column = self._table.c[comparison.reference.column.name]
            if comparison.operator is Operator.IS_NULL:
                return column.is_(None)
            return func.coalesce(_compare(column, comparison, engine), false())
        there = select(1).select_from(table).where(*self._rows(table, comparison.reference))
        if comparison.operator is Operator.IS_NULL:
            return not_(there.where(table.c.value.is_not(None)).exists())
        return there.where(_compare(table.c.value, comparison, engine)).exists()


def _compare(column: ColumnElement[Any], comparison: Comparison, engine: str) -> ColumnElement[bool]:
    value = comparison.values[0]
    match comparison.operator:
        case Operator.IN:
            return column.in_(comparison.values)
        case Operator.LIKE:
            # LIKE tells capitals apart, as in PostgreSQL and MLflow; in SQLite only GLOB does.
            if engine != "sqlite":
                return column.like(value)
            return column.op("GLOB", is_comparison=True)(SQLITE.test(Operator.LIKE, value)[1])
        case Operator.ILIKE:
            return column.ilike(value)
        case Operator.RLIKE:
            return column.regexp_match(str(value))
        case operator:
            return column.op(operator.value, is_comparison=True)(value)
