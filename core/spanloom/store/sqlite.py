"""Traces in one SQLite file: the embedded default."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from spanloom.errors import SchemaError, StoreError
from spanloom.store import rows
from spanloom.store.relational import RelationalStore
from spanloom.store.rows import Row
from spanloom.store.search import index
from spanloom.store.search.sql import Sql
from spanloom.store.search.sqlite import SQLITE
from spanloom.store.sqlite_session import SqliteSession
from spanloom.tracing.exporters import Batch

__all__ = ["SqliteStore", "path_of"]


_CONTENT_ERRORS = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.IntegrityError)


class SqliteStore(RelationalStore):
    """A trace store in a file (WAL mode): other processes may read and write it at the same time.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `sqlite://` for one in memory.

    Raises:
        StoreError: If the file can't be opened or is not a trace store; it is left as it was.
    """

    _dialect = SQLITE

    def __init__(self, url: str) -> None:
        self.path = path_of(url)
        self._session = SqliteSession(self.path)

    def export(self, batch: Batch) -> None:
        """Write a batch in one transaction.

        Raises:
            SchemaError: If no store can hold what it says.
        """
        spans = [rows.span_row(span) for span in batch.spans]
        traces = [rows.trace_row(update) for update in batch.traces]
        labels = index.label_rows(batch.traces)
        try:
            with self._session as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                numbers = index.insert_spans(connection, rows.INSERT_SPAN, spans)
                index.note_newest(connection, numbers, batch.traces)
                connection.executemany(rows.UPSERT_TRACE, traces)
                connection.executemany(index.INSERT_LABEL, labels)
        except _CONTENT_ERRORS as error:
            raise SchemaError(f"the trace store {self.path} can't hold what the spans say: {error}") from error

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""
        wanted = [orjson.dumps(list(trace_ids)).decode()]
        try:
            with self._session as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                index.forget_traces(connection, *wanted)
                for table in ("spans", "assessments"):
                    connection.execute(rows.DELETE_FROM.format(table=table, ids=SQLITE.ids), wanted)
                deleted = connection.execute(rows.DELETE_FROM.format(table="traces", ids=SQLITE.ids), wanted)
                return deleted.rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def tag_trace(self, trace_id: str, tags: Mapping[str, str | None]) -> bool:
        """Set tags of a trace, and delete those that are `None`; return whether there is such a trace."""
        try:
            with self._session as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                return index.tag_trace(connection, trace_id, tags)
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def size_bytes(self) -> int:
        """Return the bytes of the pages in use; those that deleting left empty are used again."""
        pages, free, size = (
            self._count(Sql(f"PRAGMA {name}")) for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def vacuum(self) -> None:
        """Give the space of deleted traces back to the file system, and tidy the index of words.

        Raises:
            StoreError: If another process keeps the file busy, or the disk has no room for a copy.
        """
        try:
            with self._session as connection:
                index.optimize(connection)
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be vacuumed: {error}") from error

    def _change(self, statement: str, parameters: Mapping[str, Any]) -> int:
        try:
            with self._session as connection:
                return connection.execute(statement, parameters).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def _change_each(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> list[int]:
        try:
            with self._session as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                return [connection.execute(statement, each).rowcount for each in parameters]
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def _select(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        try:
            with self._session as connection:
                return connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be read: {error}") from error

    def file(self) -> tuple[str, tuple[int, int] | None]:
        """Return the absolute path, `:memory:` for none, and the identity of the file that is there now."""
        return self._session.file()

    def close(self) -> None:
        """Close the file."""
        self._session.close()


def path_of(url: str) -> str:
    """Return the file that a `sqlite://` URL names, `:memory:` for none."""
    path = url.removeprefix("sqlite://").removeprefix("/")
    return path or ":memory:"
