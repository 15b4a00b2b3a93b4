"""Traces in one SQLite file: the embedded default."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from spanloom.errors import StoreError
from spanloom.store import assessment_rows, rows
from spanloom.store.migrations import APPLICATION_ID, migrate
from spanloom.store.search import index
from spanloom.store.search.paging import make_token
from spanloom.store.search.query import build_search
from spanloom.store.search.sqlite import add_functions
from spanloom.tracing.assessments import Assessment, Expectation, Feedback
from spanloom.tracing.exporters import Batch, TraceQuery
from spanloom.tracing.traces import ReadableSpan, Trace, TraceData, TraceList

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
        labels = index.label_rows(batch.traces)
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            index.insert_spans(self._connection, rows.INSERT_SPAN, spans)
            self._connection.executemany(rows.UPSERT_TRACE, traces)
            self._connection.executemany(index.INSERT_LABEL, labels)

    def get_trace(self, trace_id: str) -> Trace | None:
        """Return the trace, or `None` if there is none of this id."""
        found = self._select("SELECT * FROM traces WHERE trace_id = ?", [trace_id])
        return self._traces(found, include_spans=True)[0] if found else None

    def search_traces(self, query: TraceQuery) -> TraceList:
        """Return one page of what fits the query.

        Raises:
            FilterError: If the filter, the order or the page token can't be understood.
        """
        search = build_search(query, lambda counted: int(self._select(counted.text, counted.parameters)[0][0]))
        found = self._select(*search.sql)
        page = found[: query.max_results]
        token = make_token(search.orders, dict(page[-1])) if len(found) > len(page) else None
        return TraceList(self._traces(page, include_spans=query.include_spans), token)

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""
        wanted = [orjson.dumps(list(trace_ids)).decode()]
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                index.forget_traces(self._connection, *wanted)
                for table in ("spans", "assessments"):
                    self._connection.execute(rows.DELETE_FROM.format(table=table), wanted)
                return self._connection.execute(rows.DELETE_FROM.format(table="traces"), wanted).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

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

    def log_assessment(self, assessment: Assessment, *, trace_may_follow: bool = False) -> bool:
        """Keep an assessment; return whether its trace is known, or may follow."""
        row = {**assessment_rows.assessment_row(assessment), "trace_may_follow": trace_may_follow}
        return self._change(assessment_rows.UPSERT_ASSESSMENT, row) > 0

    def get_assessment(self, trace_id: str, assessment_id: str) -> Feedback | Expectation | None:
        """Return the assessment of this trace, or `None` if it has none of this id."""
        found = self._select(assessment_rows.SELECT_ASSESSMENT, {"trace_id": trace_id, "assessment_id": assessment_id})
        return assessment_rows.assessment(found[0]) if found else None

    def update_assessment(self, assessment: Assessment) -> bool:
        """Replace the assessment that has the same ids; return whether there was one."""
        return self._change(assessment_rows.UPDATE_ASSESSMENT, assessment_rows.assessment_row(assessment)) > 0

    def delete_assessment(self, trace_id: str, assessment_id: str) -> bool:
        """Delete the assessment; return whether there was one."""
        ids = {"trace_id": trace_id, "assessment_id": assessment_id}
        return self._change(assessment_rows.DELETE_ASSESSMENT, ids) > 0

    def _traces(self, found: list[sqlite3.Row], *, include_spans: bool) -> list[Trace]:
        trace_ids = orjson.dumps([row["trace_id"] for row in found]).decode()
        spans: dict[str, list[ReadableSpan]] = {row["trace_id"]: [] for row in found}
        assessments: dict[str, list[Assessment]] = {row["trace_id"]: [] for row in found}
        if include_spans:
            for row in self._select(rows.SELECT_SPANS, [trace_ids]):
                spans[row["trace_id"]].append(rows.readable_span(row))
        for row in self._select(assessment_rows.SELECT_ASSESSMENTS, [trace_ids]):
            assessments[row["trace_id"]].append(assessment_rows.assessment(row))
        return [
            Trace(rows.trace_info(row, assessments[row["trace_id"]]), TraceData(spans[row["trace_id"]]))
            for row in found
        ]

    def _change(self, statement: str, parameters: dict[str, Any]) -> int:
        try:
            with self._lock:
                return self._connection.execute(statement, parameters).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the trace store {self.path} can't be written: {error}") from error

    def _select(self, query: str, parameters: Sequence[Any] | dict[str, Any]) -> list[sqlite3.Row]:
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
