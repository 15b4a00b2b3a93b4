"""The schema of the PostgreSQL store, and the way from each version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from spanloom.errors import StoreError
from spanloom.store.migrations import refuse_newer
from spanloom.store.postgresql.dialect import JSON_TEXT

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["SCHEMA", "TABLES", "migrate"]

SCHEMA: Final = "spanloom"
"""All tables stand in a schema of this name, beside whatever else the database holds."""

TABLES: Final = ("spans", "traces", "assessments")

_LOCK: Final = 0x5350_4C4D

_TEXTS_IN_ORDER_OF_THEIR_CHARACTERS: Final = 'COLLATE "C"'
_TAGS, _METADATA = (JSON_TEXT.format(document=column) + "::jsonb" for column in ("tags", "metadata"))

# Missing values first: the only order of an index that serves both ways in which traces are sorted.
_MIGRATIONS: Final = (
    f"""
    CREATE TABLE traces (
        trace_id TEXT PRIMARY KEY,
        experiment TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        start_time_ns BIGINT NOT NULL,
        execution_duration BIGINT,
        request_preview TEXT,
        response_preview TEXT,
        client_request_id TEXT,
        session_id TEXT,
        "user" TEXT,
        metadata TEXT NOT NULL,
        tags TEXT NOT NULL,
        input_tokens BIGINT,
        output_tokens BIGINT,
        total_tokens BIGINT,
        cache_read_input_tokens BIGINT,
        cache_creation_input_tokens BIGINT,
        reasoning_output_tokens BIGINT,
        cost DOUBLE PRECISION
    );
    CREATE INDEX traces_by_time ON traces (start_time_ns NULLS FIRST, trace_id NULLS FIRST);
    CREATE INDEX traces_by_experiment ON traces (experiment, start_time_ns NULLS FIRST, trace_id NULLS FIRST);
    CREATE INDEX traces_by_name ON traces (name, start_time_ns);
    CREATE INDEX traces_by_state ON traces (state, start_time_ns);
    CREATE INDEX traces_by_duration ON traces
        (execution_duration NULLS FIRST, start_time_ns NULLS FIRST, trace_id NULLS FIRST);
    CREATE INDEX traces_by_session ON traces (session_id, start_time_ns) WHERE session_id IS NOT NULL;
    CREATE INDEX traces_by_user ON traces ("user", start_time_ns) WHERE "user" IS NOT NULL;
    CREATE INDEX traces_by_client_request_id ON traces (client_request_id) WHERE client_request_id IS NOT NULL;
    CREATE INDEX traces_by_total_tokens ON traces (total_tokens) WHERE total_tokens IS NOT NULL;
    CREATE INDEX traces_by_cost ON traces (cost) WHERE cost IS NOT NULL;
    CREATE INDEX traces_by_tag ON traces USING gin (({_TAGS}) jsonb_path_ops);
    CREATE INDEX traces_by_metadata ON traces USING gin (({_METADATA}) jsonb_path_ops);
    CREATE TABLE spans (
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        trace_id TEXT NOT NULL,
        span_id TEXT NOT NULL,
        parent_id TEXT,
        name TEXT NOT NULL,
        span_type TEXT NOT NULL,
        start_time_ns BIGINT NOT NULL,
        end_time_ns BIGINT NOT NULL,
        status TEXT NOT NULL,
        status_message TEXT NOT NULL,
        inputs TEXT,
        outputs TEXT,
        attributes TEXT,
        events TEXT,
        model TEXT,
        words tsvector,
        PRIMARY KEY (trace_id, span_id)
    );
    CREATE UNIQUE INDEX spans_by_number ON spans (number);
    CREATE INDEX spans_by_name ON spans (name);
    CREATE INDEX spans_by_type ON spans (span_type);
    CREATE INDEX spans_by_status ON spans (status);
    CREATE INDEX spans_by_model ON spans (model) WHERE model IS NOT NULL;
    CREATE INDEX spans_by_word ON spans USING gin (words);
    CREATE TABLE assessments (
        sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
        create_time_ms BIGINT NOT NULL,
        last_update_time_ms BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX assessments_by_trace ON assessments (trace_id, assessment_id);
    CREATE INDEX assessments_by_name ON assessments (name, type, trace_id)
    """.replace(" TEXT", f" TEXT {_TEXTS_IN_ORDER_OF_THEIR_CHARACTERS}"),
)


def migrate(connection: Connection[dict[str, Any]], place: str) -> None:
    """Bring the schema to the newest version; several processes may do so at once.

    Raises:
        StoreError: If a newer spanloom made it, or another program.
    """
    if _version(connection, place) == len(_MIGRATIONS):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        version = _version(connection, place)  # again, under the lock: another process may have been first
        refuse_newer(version, len(_MIGRATIONS), place)
        if _tables(connection) is None:
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
        if version == 0:
            connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
            connection.execute("INSERT INTO schema_version VALUES (0)")
        for script in _MIGRATIONS[version:]:
            connection.execute(script)
        connection.execute("UPDATE schema_version SET version = %s", [len(_MIGRATIONS)])


def _version(connection: Connection[dict[str, Any]], place: str) -> int:
    tables = _tables(connection)
    if not tables:
        return 0
    if "schema_version" not in tables:
        raise StoreError(
            f"{place} has a schema {SCHEMA!r} of another program ({', '.join(sorted(tables)[:3])}, …); it was left "
            "untouched. Choose another database with spanloom.configure(store='postgresql://…') or SPANLOOM_STORE"
        )
    row = connection.execute("SELECT max(version) AS version FROM schema_version").fetchone()
    return int(row["version"]) if row is not None else 0


def _tables(connection: Connection[dict[str, Any]]) -> set[str] | None:
    """Return the tables of our schema, `None` if there is no such schema."""
    query = (
        "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = %(schema)s) AS schemas, "
        "ARRAY(SELECT tablename::text FROM pg_tables WHERE schemaname = %(schema)s) AS tables"
    )
    row = connection.execute(query, {"schema": SCHEMA}).fetchone()
    assert row is not None
    return set(row["tables"]) if row["schemas"] else None
