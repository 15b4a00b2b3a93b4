"""Traces in one SQLite file: the embedded default."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from spanloom.errors import SchemaError, StoreError
from spanloom.store import rows
from spanloom.store.migrations import APPLICATION_ID, migrate
from spanloom.store.relational import RelationalStore
from spanloom.store.rows import Row
from spanloom.store.search import index
from spanloom.store.search.sql import Sql
from spanloom.store.search.sqlite import SQLITE, add_functions
from spanloom.store.write_ahead import use_write_ahead_log
from spanloom.tracing.exporters import Batch

__all__ = ["SqliteStore", "path_of"]

_BUSY_TIMEOUT_SECONDS = 30.0
_PAGE_SIZE = 16_384
"""Payloads of a few KB then fit their page: half the CPU per span of SQLite's 4096."""

_CONTENT_ERRORS = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.IntegrityError)

_CACHE_KIB = 32_768
"""At most; a small store needs little. With SQLite's 2048, a million traces make writing a fifth slower."""


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
        self._lock = threading.Lock()
        self._connection = _connect(self.path)

    def export(self, batch: Batch) -> None:
        """Write a batch in one transaction.

        Raises:
            SchemaError: If no store can hold what it says.
        """
        spans = [rows.span_row(span) for span in batch.spans]
        traces = [rows.trace_row(update) for update in batch.traces]
        labels = index.label_rows(batch.traces)
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                numbers = index.insert_spans(self._connection, rows.INSERT_SPAN, spans)
                index.note_newest(self._connection, numbers, batch.traces)
                self._connection.executemany(rows.UPSERT_TRACE, traces)
                self._connection.executemany(index.INSERT_LABEL, labels)
        except _CONTENT_ERRORS as error:
            raise SchemaError(f"the trace store {self.path} can't hold what the spans say: {error}") from error

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""
        wanted = [orjson.dumps(list(trace_ids)).decode()]
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                index.forget_traces(self._connection, *wanted)
                for table in ("spans", "assessments"):
                    self._connection.execute(rows.DELETE_FROM.format(table=table, ids=SQLITE.ids), wanted)
                deleted = self._connection.execute(rows.DELETE_FROM.format(table="traces", ids=SQLITE.ids), wanted)
                return deleted.rowcount
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
            with self._lock:
                index.optimize(self._connection)
                self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be vacuumed: {error}") from error

    def _change(self, statement: str, parameters: Mapping[str, Any]) -> int:
        try:
            with self._lock:
                return self._connection.execute(statement, parameters).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def _change_each(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> list[int]:
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                return [self._connection.execute(statement, each).rowcount for each in parameters]
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def _select(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        try:
            with self._lock:
                return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def path_of(url: str) -> str:
    """Return the file that a `sqlite://` URL names, `:memory:` for none."""
    path = url.removeprefix("sqlite://").removeprefix("/")
    return path or ":memory:"


def _connect(path: str) -> sqlite3.Connection:
    if path != ":memory:" and not Path(path).absolute().parent.is_dir():
        raise StoreError(
            f"the trace store {path} can't be opened: its folder does not exist; create it, or choose another place "
            "with spanloom.configure(store='sqlite:///…') or SPANLOOM_STORE"
        )
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        add_functions(connection)
        _refuse_foreign(connection, path)
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")  # of a new file only
        use_write_ahead_log(connection, _BUSY_TIMEOUT_SECONDS)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        migrate(connection, path)
    except (sqlite3.Error, StoreError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StoreError):
            raise
        raise StoreError(_explain(path, error)) from error
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    """Leave alone a database that some other program made. Reads only; a corrupt file fails here."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    if tables and application_id != APPLICATION_ID:
        raise StoreError(
            f"{path} is a database of another program, not a trace store; it was left untouched. "
            "Choose another file with spanloom.configure(store='sqlite:///…') or SPANLOOM_STORE"
        )


def _explain(path: str, error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.OperationalError):
        return (
            f"the trace store {path} can't be opened ({error}); check that you may write there, or choose another "
            "place with spanloom.configure(store='sqlite:///…') or SPANLOOM_STORE"
        )
    return (
        f"{path} is not a readable SQLite database ({error}); it was left untouched. Move it away, or choose another "
        "file with spanloom.configure(store='sqlite:///…') or SPANLOOM_STORE"
    )
