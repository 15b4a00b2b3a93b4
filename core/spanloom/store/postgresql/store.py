"""The trace store in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson

from spanloom.errors import FilterError, SchemaError, StoreError, extra_needed
from spanloom.store import rows
from spanloom.store.postgresql.dialect import JSON_TEXT, PostgresqlDialect
from spanloom.store.postgresql.errors import cannot_use, is_about_content
from spanloom.store.postgresql.letters import letters_of
from spanloom.store.postgresql.migrations import SCHEMA, TABLES
from spanloom.store.postgresql.placeholders import placeholders
from spanloom.store.postgresql.size import size_of
from spanloom.store.postgresql.writing import INSERT_SPAN, clipped, span_rows, trace_rows
from spanloom.store.relational import RelationalStore
from spanloom.store.rows import Row
from spanloom.tracing.attributes import MLFLOW_TRACE_NAME
from spanloom.tracing.exporters import Batch

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.errors import Diagnostic

__all__ = ["PostgresqlStore"]

_T = TypeVar("_T")

_UPSERT_TRACE: Final = placeholders(rows.UPSERT_TRACE)
_TAG_TRACE: Final = (
    f"UPDATE traces SET tags = jsonb_strip_nulls({JSON_TEXT.format(document='tags')}::jsonb || :tags::jsonb)::text, "  # noqa: S608 - constants
    "name = coalesce(:name, name) WHERE trace_id = :trace_id"
)


class PostgresqlStore(RelationalStore):
    """A trace store that any number of processes and machines write and read at once.

    Its tables stand in the schema `spanloom`, which is made if it is not there. Writes have a connection of their own,
    so that a long search does not keep them waiting.

    Args:
        url: `postgresql://user:password@host:5432/database`; further parameters of libpq follow after `?`. What is
            left out is taken from its environment variables, such as PGPASSWORD, and from `~/.pgpass`.

    Raises:
        MissingExtraError: If psycopg is not installed.
        StoreError: If the database can't be opened, or is not ours; it is left as it was.
    """

    def __init__(self, url: str) -> None:
        with extra_needed("A PostgreSQL store", "postgresql", "psycopg"):
            import psycopg
        from spanloom.store.postgresql.address import address_of
        from spanloom.store.postgresql.session import Session

        address = address_of(url)
        self._errors = psycopg.Error
        self._place = address.place
        self._writing, self._reading = Session(address), Session(address)
        self._dialect = PostgresqlDialect(letters_of(self._writing.open()))

    def export(self, batch: Batch) -> None:
        """Write a batch in one transaction.

        Raises:
            SchemaError: If PostgreSQL can't hold what it says.
            StoreError: If it can't be written now.
        """
        # In one order everywhere, so that two processes never wait for each other.
        spans = sorted(span_rows(batch.spans), key=lambda row: row[0])
        traces = sorted(trace_rows(batch.traces), key=lambda row: row[0])

        def write(connection: Connection[dict[str, Any]]) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(INSERT_SPAN, spans)
                cursor.executemany(_UPSERT_TRACE, traces)

        try:
            self._explained("written", lambda: self._writing.transact(write))
        except StoreError as error:
            if is_about_content(error.__cause__):
                raise SchemaError(f"the trace store {self._place} can't hold what the spans say: {error}") from error
            raise

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""
        wanted = [orjson.dumps(list(trace_ids)).decode()]
        statements = [placeholders(rows.DELETE_FROM.format(table=table, ids=self._dialect.ids)) for table in TABLES]

        def delete(connection: Connection[dict[str, Any]]) -> int:
            deleted = {
                table: connection.execute(text, wanted).rowcount for table, text in zip(TABLES, statements, strict=True)
            }
            return deleted["traces"]

        return self._explained("written", lambda: self._writing.transact(delete))

    def tag_trace(self, trace_id: str, tags: Mapping[str, str | None]) -> bool:
        """Set tags of a trace, and delete those that are `None`; return whether there is such a trace."""
        name = tags.get(MLFLOW_TRACE_NAME)
        patch = {"tags": orjson.dumps(tags).decode(), "name": clipped(name) if name else None, "trace_id": trace_id}
        return self._change(_TAG_TRACE, patch) > 0

    def size_bytes(self) -> int:
        """Return an estimate of what the traces take; those deleted don't count, although their room is used again."""
        return self._explained("read", lambda: self._reading.run(size_of))

    def vacuum(self) -> None:
        """Make the room of deleted traces usable for new ones, and tell the planner what the tables hold.

        Raises:
            StoreError: If the role may not.
        """
        warnings = self._explained("vacuumed", lambda: self._reading.run(_vacuum))
        if warnings:
            raise StoreError(
                f"the trace store {self._place} can't be vacuumed: {'; '.join(warnings)}. The role that owns the "
                f"tables of the schema {SCHEMA} may do it"
            )

    def close(self) -> None:
        """Close both connections."""
        self._writing.close()
        self._reading.close()

    def _change(self, statement: str, parameters: Mapping[str, Any]) -> int:
        text = placeholders(statement)
        return self._explained(
            "written",
            lambda: self._writing.transact(lambda connection: connection.execute(text, parameters).rowcount),
        )

    def _change_each(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> list[int]:
        text = placeholders(statement)

        def change(connection: Connection[dict[str, Any]]) -> list[int]:
            return [connection.execute(text, each).rowcount for each in parameters]

        return self._explained("written", lambda: self._writing.transact(change))

    def _select(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        text = placeholders(query)

        # Not prepared: a plan for whatever values is a bad one for those of a search.
        def select(connection: Connection[dict[str, Any]]) -> list[Row]:
            return list(connection.execute(text, parameters, prepare=False).fetchall())

        return self._explained("read", lambda: self._reading.run(select))

    def _explained(self, what: str, use: Callable[[], _T]) -> _T:
        from psycopg import errors

        try:
            return use()
        except errors.InvalidRegularExpression as error:
            raise FilterError(f"filter: PostgreSQL can't read this regular expression: {error}") from None
        except self._errors as error:
            raise cannot_use(self._place, what, error) from error


def _vacuum(connection: Connection[dict[str, Any]]) -> list[str]:
    """Vacuum, and return what the server warns of: it skips what the role may not, and calls that a success."""
    warnings: list[str] = []

    def note(notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.message_primary or "")

    connection.add_notice_handler(note)
    try:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    finally:
        connection.remove_notice_handler(note)
    return warnings
