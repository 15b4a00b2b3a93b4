"""One connection to an SQLite file, shared by the threads of a process, and opened again when it must be."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import weakref
from pathlib import Path

from spanloom.errors import StoreError
from spanloom.store.migrations import APPLICATION_ID, migrate
from spanloom.store.search.sqlite import add_functions
from spanloom.store.write_ahead import use_write_ahead_log

__all__ = ["SqliteSession", "file_identity"]

logger = logging.getLogger("spanloom")

_BUSY_TIMEOUT_SECONDS = 30.0
_PAGE_SIZE = 16_384
"""Payloads of a few KB then fit their page: half the CPU per span of SQLite's 4096."""

_CACHE_KIB = 32_768
"""At most; a small store needs little. With SQLite's 2048, a million traces make writing a fifth slower."""

_sessions: weakref.WeakSet[SqliteSession] = weakref.WeakSet()
_held: list[SqliteSession] = []


class SqliteSession:
    """A connection for one thread at a time: that of the `with` block.

    It is opened again after a fork, in both processes: a child that inherits an open SQLite file believes for ever that
    the locks of the parent's other threads are held (https://www.sqlite.org/howtocorrupt.html, 2.6). And when somebody
    deleted or replaced the file: what is written to a file without a name is lost.

    Args:
        path: The file, or `:memory:`.

    Raises:
        StoreError: If the file can't be opened or is not a trace store; it is left as it was.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = path if path == ":memory:" else str(Path(path).absolute())  # wherever the process goes from here
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.file()
        _sessions.add(self)

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            return self._open()
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        self.release()

    def file(self) -> tuple[str, tuple[int, int] | None]:
        """Return the absolute path, and the identity of the file that is there; it is made if it is missing."""
        with self:
            return self._file, self._identity

    def close(self) -> None:
        """Close the file; nothing follows."""
        with self._lock:
            _sessions.discard(self)
            if self._connection is not None:
                self._connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._identity == file_identity(self._file):
                return self._connection
            logger.warning("spanloom: the trace store %s was deleted or replaced; a new one is begun", self.path)
            self._connection.close()
            self._connection = None
        self._connection = _connect(self._file, self.path)
        self._identity = file_identity(self._file)
        return self._connection

    def hold(self) -> bool:
        """Before a fork: wait for the thread that uses it, keep others out, and close the file.

        Returns:
            Whether that thread was done in time; then `release` must follow.
        """
        if not self._lock.acquire(timeout=_BUSY_TIMEOUT_SECONDS):
            return False
        if self._connection is not None and self._file != ":memory:":
            self._connection.close()
            self._connection = None
        return True

    def release(self) -> None:
        """Let the next thread use it."""
        self._lock.release()


def file_identity(path: str) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name; `None` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every use of the store: no object for it
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(file: str, path: str) -> sqlite3.Connection:
    if file != ":memory:" and not Path(file).parent.is_dir():
        raise StoreError(
            f"the trace store {path} can't be opened: its folder does not exist; create it, or choose another place "
            "with spanloom.configure(store='sqlite:///…') or SPANLOOM_STORE"
        )
    connection = None
    try:
        connection = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
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


def _hold_all() -> None:
    _held.extend(session for session in list(_sessions) if session.hold())


def _release_all() -> None:
    while _held:
        _held.pop().release()


os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_release_all)
