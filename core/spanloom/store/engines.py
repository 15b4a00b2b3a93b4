"""SQLAlchemy's engines, one per database: made at first use, again after a fork, and when their file is another."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from spanloom.errors import StoreError
from spanloom.store.sqlite import SqliteStore, path_of
from spanloom.store.sqlite_session import file_identity
from spanloom.tracing.pipeline import pipeline

__all__ = ["Database", "database", "forget_connections"]

_BUSY_TIMEOUT_SECONDS = 30.0
_WRITES = "spanloom_writes"
_MEMORY = ":memory:"

_File = tuple[str, tuple[int, int] | None]

_databases: dict[str, Database] = {}
_making = threading.Lock()
_idle = threading.Condition()
"""Held to begin and end transactions; a fork waits until other threads have none."""

_users: Counter[int] = Counter()
"""The open transactions of each thread."""

_fork_waits = False
"""Then no thread begins: one that always does something would let a fork wait for ever."""


class Database:
    """What a URL means, while it means this file.

    Args:
        engine: Makes the connections.
        file: The path and the identity of the file, if it is one.

    Attributes:
        engine: Makes the connections.
        ready: The components whose tables are known to be there.
    """

    def __init__(self, engine: Engine, file: _File | None) -> None:
        self.engine = engine
        self._file = file
        self.ready: set[str] = set()

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Connection]:
        """Give a connection for one transaction, undone if the block raises; of those that only read, one state."""
        options: dict[str, Any] = {_WRITES: writes}
        if not writes and self.engine.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"  # else each statement sees a state of its own
        with _counted(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @property
    def place(self) -> str:
        """What to call it, without a password."""
        return self.engine.url.set(drivername=self.engine.name).render_as_string(hide_password=True)

    def is_current(self) -> bool:
        """Return whether its file was not deleted or replaced."""
        return self._file is None or file_identity(self._file[0]) == self._file[1]

    def close_for_fork(self) -> None:
        """Let a child inherit no open file, whose locks it would believe to be held for ever."""
        if self.engine.name == "sqlite" and self.engine.url.database != _MEMORY:
            self.engine.dispose()


def database(url: str) -> Database:
    """Return the database of the configured store.

    Raises:
        StoreError: If it can't be opened, or keeps traces only.
    """
    known = _databases.get(url)
    if known is not None and known.is_current():
        return known
    store = pipeline.store()
    file = store.file() if isinstance(store, SqliteStore) else None  # makes it, or refuses that of another program
    with _making:  # two threads would make two, one of them for nobody to close
        known = _databases.get(url)
        if known is None or not known.is_current():
            if known is not None:
                known.engine.dispose()
            known = _databases[url] = Database(_create_engine(url, file), file)
        return known


def forget_connections() -> None:
    """Close what is open; the next use opens it again."""
    for each in _databases.values():
        each.engine.dispose()
    _databases.clear()


def _create_engine(url: str, file: _File | None) -> Engine:
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _sqlite_engine(file[0] if file is not None else path_of(url))
    if scheme in {"postgresql", "postgres"}:
        return create_engine(f"postgresql+psycopg://{rest}", pool_pre_ping=True)  # servers and firewalls cut idle ones
    raise StoreError(
        f"a {scheme}:// store keeps traces only; runs, prompts, datasets and models need SQLite or PostgreSQL, "
        "e.g. spanloom.configure(store='sqlite:///./spanloom.db')"
    )


def _sqlite_engine(path: str) -> Engine:
    # The one connection is the database in memory; threads take turns.
    pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0} if path == _MEMORY else {}
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


@contextmanager
def _counted() -> Iterator[None]:
    own = threading.get_ident()
    with _idle:
        _idle.wait_for(lambda: own in _users or not _fork_waits)
        _users[own] += 1
    try:
        yield
    finally:
        with _idle:
            _users[own] -= 1
            if not _users[own]:
                del _users[own]
                _idle.notify_all()


def _before_fork() -> None:
    global _fork_waits  # noqa: PLW0603 - guarded by the lock, which is kept until the fork is over
    own = {threading.get_ident()}
    _idle.acquire()
    _fork_waits = True
    _idle.wait_for(lambda: _users.keys() <= own, timeout=_BUSY_TIMEOUT_SECONDS)
    _fork_waits = False
    _idle.notify_all()
    for each in _databases.values():
        each.close_for_fork()


def _after_fork_in_parent() -> None:
    _idle.release()


def _after_fork_in_child() -> None:
    global _idle, _making
    _idle, _making = threading.Condition(), threading.Lock()
    for thread in _users.keys() - {threading.get_ident()}:
        del _users[thread]
    for each in _databases.values():
        each.engine.dispose(close=False)  # the parent still uses these connections
    _databases.clear()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
