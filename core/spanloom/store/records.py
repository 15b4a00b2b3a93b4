"""Tables beside the traces, in the same database: runs, prompts, datasets and models.

They see a few statements a second at most, in SQLite as in PostgreSQL, hence SQLAlchemy Core; traces see thousands,
and have statements of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from spanloom.errors import StoreError
from spanloom.store.engines import Database, database
from spanloom.tracing.settings import settings

__all__ = ["delete_value", "insert_or", "reading", "set_values", "writing"]

_VERSIONS = Table(
    "record_schemas", MetaData(), Column("component", String, primary_key=True), Column("version", Integer)
)


@contextmanager
def reading(schema: MetaData) -> Iterator[Connection]:
    """Give a connection to the configured store's database, on which one state of these tables is seen.

    Args:
        schema: The tables of one component. `schema.info` names it and the version: `{"component": "prompts",
            "version": 1}`. Tables that are not there yet are made.

    Raises:
        StoreError: If the database can't be opened or read, or a newer spanloom wrote these tables.

    Example:
        >>> with reading(PROMPTS) as connection:
        ...     rows = connection.execute(select(prompts)).all()
    """
    with _transaction(schema, writes=False) as connection:
        yield connection


@contextmanager
def writing(schema: MetaData) -> Iterator[Connection]:
    """Give a connection as `reading` does, for one transaction that writes; undone if the block raises.

    Raises:
        StoreError: As `reading`, and if the database can't be written.
        sqlalchemy.exc.IntegrityError: If a row breaks a constraint: for the caller, who knows what it means.
    """
    with _transaction(schema, writes=True) as connection:
        yield connection


def insert_or(engine: str, table: Table) -> Any:
    """Return an INSERT for the engine of this name, which can be told what to do about a row that is there already."""
    return sqlite.insert(table) if engine == "sqlite" else postgresql.insert(table)


def set_values(connection: Connection, table: Table, owner: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set what a table with the columns `key` and `value` says about its owner, whatever it said before.

    Args:
        connection: One that writes.
        table: Its primary key is the owner's columns, and `key`.
        owner: Whose values they are, as columns.
        values: What to set.
    """
    if not values:
        return
    given = insert_or(connection.dialect.name, table)
    given = given.on_conflict_do_update(index_elements=[*owner, "key"], set_={"value": given.excluded.value})
    # Sorted: two writers that take the same rows in different orders would wait for each other in PostgreSQL.
    connection.execute(given, [{**owner, "key": key, "value": value} for key, value in sorted(values.items())])


def delete_value(connection: Connection, table: Table, owner: Mapping[str, Any], key: str) -> bool:
    """Remove what such a table says of a key, and return whether it said something."""
    own = [table.c[column] == value for column, value in owner.items()]
    return bool(connection.execute(delete(table).where(*own, table.c.key == key)).rowcount)


@contextmanager
def _transaction(schema: MetaData, *, writes: bool) -> Iterator[Connection]:
    records = database(settings.store)
    try:
        _make_ready(records, schema)
        with records.transaction(writes=writes) as connection:
            yield connection
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise StoreError(
            f"the store {records.place} can't be {'written' if writes else 'read'}: {error.orig}"
        ) from error


def _make_ready(records: Database, schema: MetaData) -> None:
    component, version = schema.info["component"], schema.info["version"]
    if component in records.ready:
        return
    with records.transaction(writes=True) as connection:
        _lock(connection)
        _VERSIONS.create(connection, checkfirst=True)
        found = connection.scalar(select(_VERSIONS.c.version).where(_VERSIONS.c.component == component))
        if found is None:
            schema.create_all(connection)
            connection.execute(insert(_VERSIONS).values(component=component, version=version))
        elif found > version:
            raise StoreError(
                f"the {component} in this store were written by a newer spanloom (schema {found}, this one knows "
                f"{version}): pip install --upgrade spanloom"
            )
    records.ready.add(component)


def _lock(connection: Connection) -> None:
    """Let one process at a time make tables; SQLite's write transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('spanloom'))")
