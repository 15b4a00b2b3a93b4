"""How much the traces take: an estimate of the rows in use, since the files don't shrink when rows are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from spanloom.store.postgresql.migrations import TABLES

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["size_of"]

_SAMPLE: Final = 20_000
"""Rows; of more, only so many are measured."""

_COUNT: Final = "SELECT count(*) AS count FROM {table}"
_COLUMNS: Final = (
    "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
)
_AVERAGE: Final = "SELECT avg({widths}) AS average FROM {table} TABLESAMPLE SYSTEM ({percent})"


def size_of(connection: Connection[dict[str, Any]]) -> int:
    """Return the bytes of all rows, compressed as they are stored."""
    return sum(_of(connection, table) for table in TABLES)


def _of(connection: Connection[dict[str, Any]], table: str) -> int:
    names = [row["name"] for row in connection.execute(_COLUMNS, [table])]
    widths = " + ".join(f'coalesce(pg_column_size("{name}"), 0)' for name in names)
    counted = connection.execute(_COUNT.format(table=table)).fetchone()
    count = int(counted["count"]) if counted is not None else 0
    percent = min(100.0, 100.0 * _SAMPLE / max(count, 1))
    measured = connection.execute(_AVERAGE.format(widths=widths, table=table, percent=percent)).fetchone()
    return int(count * float(measured["average"] or 0)) if measured is not None else 0
