"""The schema of the SQLite store, and the way from each version to the next."""

from __future__ import annotations

import sqlite3
from typing import Final

from spanloom.errors import StoreError

__all__ = ["APPLICATION_ID", "migrate", "refuse_newer"]

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
    """
    CREATE TABLE assessments (
        sequence INTEGER PRIMARY KEY,
        trace_id TEXT NOT NULL,
        assessment_id TEXT NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        error TEXT,
        source_type TEXT NOT NULL,
        source_id TEXT NOT NULL,
        span_id TEXT,
        rationale TEXT,
        metadata TEXT NOT NULL,
        create_time_ms INTEGER NOT NULL,
        last_update_time_ms INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX assessments_by_trace ON assessments (trace_id, assessment_id);
    CREATE INDEX assessments_by_name ON assessments (name, type, trace_id);
    """,
    r"""
    CREATE TABLE searchable_spans (
        number INTEGER PRIMARY KEY,
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
        events TEXT,
        model TEXT
    );
    INSERT INTO searchable_spans SELECT rowid, spans.*, json_extract(attributes, '$."gen_ai.request.model"') FROM spans;
    DROP TABLE spans;
    ALTER TABLE searchable_spans RENAME TO spans;
    CREATE UNIQUE INDEX spans_by_trace ON spans (trace_id, span_id);
    CREATE INDEX spans_by_name ON spans (name);
    CREATE INDEX spans_by_type ON spans (span_type);
    CREATE INDEX spans_by_status ON spans (status);
    CREATE INDEX spans_by_model ON spans (model) WHERE model IS NOT NULL;
    CREATE INDEX traces_by_name ON traces (name);
    CREATE INDEX traces_by_state ON traces (state);
    CREATE INDEX traces_by_duration ON traces (execution_duration, start_time_ns);
    CREATE INDEX traces_by_session ON traces (session_id, start_time_ns) WHERE session_id IS NOT NULL;
    CREATE INDEX traces_by_user ON traces (user) WHERE user IS NOT NULL;
    CREATE INDEX traces_by_client_request_id ON traces (client_request_id) WHERE client_request_id IS NOT NULL;
    CREATE INDEX traces_by_total_tokens ON traces (total_tokens) WHERE total_tokens IS NOT NULL;
    CREATE INDEX traces_by_input_tokens ON traces (input_tokens) WHERE input_tokens IS NOT NULL;
    CREATE INDEX traces_by_output_tokens ON traces (output_tokens) WHERE output_tokens IS NOT NULL;
    CREATE INDEX traces_by_cost ON traces (cost) WHERE cost IS NOT NULL;
    CREATE TABLE trace_labels (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        trace_id TEXT NOT NULL,
        PRIMARY KEY (kind, key, value, trace_id)
    ) WITHOUT ROWID;
    INSERT OR IGNORE INTO trace_labels
        SELECT 'tag', entry.key, entry.value, trace_id FROM traces, json_each(traces.tags) AS entry
        UNION ALL
        SELECT 'metadata', entry.key, entry.value, trace_id FROM traces, json_each(traces.metadata) AS entry;
    CREATE VIEW span_texts AS SELECT
        number,
        replace(replace(replace(replace(inputs, '\\', '  '), '\n', '  '), '\r', '  '), '\t', '  ') AS inputs,
        replace(replace(replace(replace(outputs, '\\', '  '), '\n', '  '), '\r', '  '), '\t', '  ') AS outputs
        FROM spans;
    CREATE VIRTUAL TABLE spans_text USING fts5(
        inputs, outputs, content='span_texts', content_rowid='number', columnsize=0, tokenize='unicode61'
    );
    INSERT INTO spans_text(spans_text) VALUES ('rebuild')
    """,
    """
    DROP INDEX traces_by_name;
    DROP INDEX traces_by_state;
    DROP INDEX traces_by_user;
    DROP INDEX traces_by_duration;
    DROP INDEX traces_by_total_tokens;
    DROP INDEX traces_by_input_tokens;
    DROP INDEX traces_by_output_tokens;
    DROP INDEX traces_by_cost;
    CREATE INDEX traces_by_name ON traces (name, start_time_ns);
    CREATE INDEX traces_by_state ON traces (state, start_time_ns);
    CREATE INDEX traces_by_user ON traces (user, start_time_ns) WHERE user IS NOT NULL;
    CREATE INDEX traces_by_duration
        ON traces (
            length(max(execution_duration, 0)) * 20
            + substr(max(execution_duration, 0), 1, 2) / 5,
            start_time_ns, execution_duration
        );
    CREATE INDEX traces_by_total_tokens
        ON traces (
            length(max(total_tokens, 0)) * 20
            + substr(max(total_tokens, 0), 1, 2) / 5,
            start_time_ns, total_tokens
        ) WHERE total_tokens IS NOT NULL;
    CREATE INDEX traces_by_input_tokens
        ON traces (
            length(max(input_tokens, 0)) * 20
            + substr(max(input_tokens, 0), 1, 2) / 5,
            start_time_ns, input_tokens
        ) WHERE input_tokens IS NOT NULL;
    CREATE INDEX traces_by_output_tokens
        ON traces (
            length(max(output_tokens, 0)) * 20
            + substr(max(output_tokens, 0), 1, 2) / 5,
            start_time_ns, output_tokens
        ) WHERE output_tokens IS NOT NULL;
    CREATE INDEX traces_by_cost
        ON traces (
            length(max(CAST(cost * 1000000 AS INTEGER), 0)) * 20
            + substr(max(CAST(cost * 1000000 AS INTEGER), 0), 1, 2) / 5,
            start_time_ns, cost
        ) WHERE cost IS NOT NULL;
    CREATE INDEX traces_by_cache_read_input_tokens
        ON traces (
            length(max(cache_read_input_tokens, 0)) * 20
            + substr(max(cache_read_input_tokens, 0), 1, 2) / 5,
            start_time_ns, cache_read_input_tokens
        ) WHERE cache_read_input_tokens IS NOT NULL;
    CREATE INDEX traces_by_cache_creation_input_tokens
        ON traces (
            length(max(cache_creation_input_tokens, 0)) * 20
            + substr(max(cache_creation_input_tokens, 0), 1, 2) / 5,
            start_time_ns, cache_creation_input_tokens
        ) WHERE cache_creation_input_tokens IS NOT NULL;
    CREATE INDEX traces_by_reasoning_output_tokens
        ON traces (
            length(max(reasoning_output_tokens, 0)) * 20
            + substr(max(reasoning_output_tokens, 0), 1, 2) / 5,
            start_time_ns, reasoning_output_tokens
        ) WHERE reasoning_output_tokens IS NOT NULL;
    CREATE INDEX spans_by_message ON spans (status_message) WHERE status_message != '';
    DROP INDEX assessments_by_name;
    CREATE INDEX assessments_by_name ON assessments (name, type, trace_id, value);
    CREATE TABLE timed_labels (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        start_time_ns INTEGER NOT NULL,
        trace_id TEXT NOT NULL,
        PRIMARY KEY (kind, key, value, start_time_ns, trace_id)
    ) WITHOUT ROWID;
    INSERT INTO timed_labels SELECT kind, key, value, start_time_ns, trace_id
        FROM trace_labels JOIN traces USING (trace_id) ORDER BY 1, 2, 3, 4, 5;
    DROP TABLE trace_labels;
    ALTER TABLE timed_labels RENAME TO trace_labels;
    CREATE TABLE newest_starts (bucket INTEGER PRIMARY KEY, start_time_ns INTEGER NOT NULL);
    INSERT INTO newest_starts SELECT bucket, max(newest) OVER (ORDER BY bucket) FROM (
        SELECT number / 1000 AS bucket, max(traces.start_time_ns) AS newest FROM spans JOIN traces USING (trace_id)
        GROUP BY bucket
    );
    CREATE VIRTUAL TABLE span_attributes USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii');
    INSERT INTO span_attributes (rowid, words)
        SELECT number, attribute_words(attributes) FROM spans WHERE attributes IS NOT NULL
    """,
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
        refuse_newer(version, len(_MIGRATIONS), path)
        for script in _MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def refuse_newer(version: int, known: int, place: str) -> None:
    """Leave a store alone that this spanloom can't read.

    Raises:
        StoreError: If its schema is newer than the newest that is known.
    """
    if version > known:
        raise StoreError(
            f"{place} was written by a newer spanloom (schema {version}, this one knows {known}): "
            "pip install --upgrade spanloom"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
