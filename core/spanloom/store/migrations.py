"""The schema of the SQLite store, and the way from each version to the next."""

from __future__ import annotations

import sqlite3
from typing import Final

from spanloom.errors import StoreError

__all__ = ["APPLICATION_ID", "migrate"]

APPLICATION_ID: Final = 0x5350_4C4D
"""Marks the file as ours ("SPLM" in the SQLite header), so that another program's database is never touched."""

_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE traces (
        trace_id TEXT PRIMARY KEY,
        experiment TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        start_time_ns INTEGER NOT NULL,
        execution_duration INTEGER,
        request_preview TEXT,
        response_preview TEXT,
        client_request_id TEXT,
        session_id TEXT,
        user TEXT,
        metadata TEXT NOT NULL,
        tags TEXT NOT NULL,
        input_tokens INTEGER,
        output_tokens INTEGER,
        total_tokens INTEGER,
        cache_read_input_tokens INTEGER,
        cache_creation_input_tokens INTEGER,
        reasoning_output_tokens INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX traces_by_time ON traces (start_time_ns);
    CREATE INDEX traces_by_experiment ON traces (experiment, start_time_ns);
    CREATE TABLE spans (
        trace_id TEXT NOT NULL,
        span_id TEXT NOT NULL,
        parent_id TEXT,
        name TEXT NOT NULL,
        span_type TEXT NOT NULL,
        start_time_ns INTEGER NOT NULL,
        end_time_ns INTEGER NOT NULL,
        status TEXT NOT NULL,
        status_message TEXT NOT NULL,
        inputs TEXT,
        outputs TEXT,
        attributes TEXT,
        events TEXT
    );
    CREATE UNIQUE INDEX spans_by_trace ON spans (trace_id, span_id);
    """,
    "ALTER TABLE traces ADD COLUMN cost REAL",
)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to the newest schema.

    Raises:
        StoreError: If a newer spanloom wrote it.
    """
    if _version(connection) == len(_MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # again, under the lock: another process may have been first
        _refuse_newer(version, path)
        for script in _MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _refuse_newer(version: int, path: str) -> None:
    if version > len(_MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer spanloom (schema {version}, this one knows {len(_MIGRATIONS)}): "
            "pip install --upgrade spanloom"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
