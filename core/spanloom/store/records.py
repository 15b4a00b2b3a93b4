"""Tables beside the traces, in the same database: runs, prompts, datasets and models.

They see a few statements a second at most, in SQLite as in PostgreSQL, hence SQLAlchemy Core; traces see thousands,
and have statements of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from spanloom.errors import StoreError
from spanloom.store.sqlite import path_of
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings

__all__ = ["delete_value", "forget_connections", "insert_or", "reading", "set_values", "writing"]

_BUSY_TIMEOUT_SECONDS = 30.0
_WRITES = "spanloom_writes"

_VERSIONS = Table(
    "record_schemas", MetaData(), Column("component", String, primary_key=True), Column("version", Integer)
)

_engines: dict[str, Engine] = {}
_ready: set[tuple[str, str]] = set()


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
    url = settings.store
    try:
        engine = _engine(url)
        _make_ready(engine, url, schema)
        with engine.connect().execution_options(**{_WRITES: writes}) as connection, connection.begin():
            yield connection
    except IntegrityError:
        raise
    except DBAPIError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise StoreError(f"the store {place} can't be {'written' if writes else 'read'}: {error.orig}") from error


def _engine(url: str) -> Engine:
    if url not in _engines:
        pipeline.store()  # makes the file, or refuses that of another program
        _engines[url] = _create_engine(url)
    return _engines[url]


def _create_engine(url: str) -> Engine:
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _sqlite_engine(path_of(url))
    if scheme in {"postgresql", "postgres"}:
        return create_engine(f"postgresql+psycopg://{rest}")
    raise StoreError(
        f"a {scheme}:// store keeps traces only; runs, prompts, datasets and models need SQLite or PostgreSQL, "
        "e.g. spanloom.configure(store='sqlite:///./spanloom.db')"
    )


def _sqlite_engine(path: str) -> Engine:
    # The one connection is the database in memory; threads take turns.
    pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0} if path == ":memory:" else {}
    options = {"timeout": _BUSY_TIMEOUT_SECONDS, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{path}", connect_args=options, **pool)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")  # in WAL mode as safe, and no wait for the disk per commit

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that begins as a reader is refused, not made to wait, when another one came first.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_ready(engine: Engine, url: str, schema: MetaData) -> None:
    component, version = schema.info["component"], schema.info["version"]
    if (url, component) in _ready:
        return
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
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
    _ready.add((url, component))


def _lock(connection: Connection) -> None:
    """Let one process at a time make tables; SQLite's write transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('spanloom'))")


def forget_connections() -> None:
    """Close what is open; the next use opens it again."""
    for engine in _engines.values():
        engine.dispose()
    _engines.clear()
    _ready.clear()


def _after_fork_in_child() -> None:
    for engine in _engines.values():
        engine.dispose(close=False)  # the parent still uses these connections
    _engines.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
