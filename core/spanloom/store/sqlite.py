"""Traces in one SQLite file: the embedded default."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson

from spanloom.errors import StoreError
from spanloom.store import rows
from spanloom.store.migrations import APPLICATION_ID, migrate
from spanloom.tracing.exporters import Batch
from spanloom.tracing.traces import Trace, TraceData

__all__ = ["SqliteStore", "path_of"]

_BUSY_TIMEOUT_SECONDS = 30.0
_PAGE_SIZE = 16_384
"""Payloads of a few KB then fit their page: half the CPU per span of SQLite's 4096."""


class SqliteStore:
    """A trace store in a file (WAL mode): other processes may read and write it at the same time.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `sqlite://` for one in memory.

    Raises:
        StoreError: If the file can't be opened or is not a trace store; it is left as it was.
    """

    def __init__(self, url: str) -> None:
        self.path = path_of(url)
        self._lock = threading.Lock()
        self._connection = _connect(self.path)

    def export(self, batch: Batch) -> None:
        """Write a batch in one transaction."""
        spans = [rows.span_row(span) for span in batch.spans]
        traces = [rows.trace_row(update) for update in batch.traces]
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(rows.INSERT_SPAN, spans)
            self._connection.executemany(rows.UPSERT_TRACE, traces)

    def get_trace(self, trace_id: str) -> Trace | None:
        """Return the trace, or `None` if there is none of this id."""
        found = self._select("SELECT * FROM traces WHERE trace_id = ?", [trace_id])
        return self._with_spans(found)[0] if found else None

    def search_traces(
        self, *, experiment: str | None = None, max_results: int = 100, include_spans: bool = True
    ) -> list[Trace]:
        """Return the newest traces first."""
        where, parameters = ("WHERE experiment = ?", [experiment]) if experiment is not None else ("", [])
        found = self._select(
            f"SELECT * FROM traces {where} ORDER BY start_time_ns DESC, trace_id DESC LIMIT ?",  # noqa: S608 - constants
            [*parameters, max_results],
        )
        if include_spans:
            return self._with_spans(found)
        return [Trace(rows.trace_info(row), TraceData([])) for row in found]

    def _with_spans(self, traces: list[sqlite3.Row]) -> list[Trace]:
        trace_ids = orjson.dumps([row["trace_id"] for row in traces]).decode()
        spans: dict[str, list[Any]] = {row["trace_id"]: [] for row in traces}
        for row in self._select(rows.SELECT_SPANS, [trace_ids]):
            spans[row["trace_id"]].append(rows.readable_span(row))
        return [Trace(rows.trace_info(row), TraceData(spans[row["trace_id"]])) for row in traces]

    def _select(self, query: str, parameters: list[Any]) -> list[sqlite3.Row]:
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
        _refuse_foreign(connection, path)
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")  # of a new file only
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
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
