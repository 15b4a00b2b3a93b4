"""One connection, shared by the threads of a process, and opened again after it was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from spanloom.errors import StoreError
from spanloom.store.postgresql.address import Address
from spanloom.store.postgresql.errors import cannot_open
from spanloom.store.postgresql.migrations import SCHEMA, migrate

if TYPE_CHECKING:
    from psycopg import Connection

    Rows = Connection[dict[str, Any]]

__all__ = ["Session"]

_T = TypeVar("_T")

_PATIENCE_SECONDS: Final = 5.0
"""How long a write waits for a server that restarts, before its spans are counted as lost."""

_FIRST_PAUSE_SECONDS: Final = 0.1
_MOST_CONFLICTS: Final = 5


class Session:
    """A connection to the store's tables, in autocommit mode; used by one thread at a time."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.RLock()
        self._connection: Rows | None = None
        self._gave_up = False

    def open(self) -> Rows:
        """Return the connection; make one if there is none that works.

        Raises:
            StoreError: If the server can't be reached, or refuses.
        """
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = _connect(self._address)
            return self._connection

    def run(self, use: Callable[[Rows], _T]) -> _T:
        """Run what only reads, or is one statement that may run twice; once more if the connection was lost."""
        import psycopg

        with self._lock:
            try:
                return use(self.open())
            except psycopg.OperationalError:
                if self._connection is None or not self._connection.closed:
                    raise
            return use(self.open())

    def transact(self, work: Callable[[Rows], _T]) -> _T:
        """Run a transaction: exactly once, even if the connection is lost or another process is in the way.

        Raises:
            StoreError: If the server stays away.
        """
        from psycopg import errors

        conflicts = 0
        with self._lock:
            while True:
                connection = self._open_patiently()
                number: str | None = None
                done: list[_T] = []
                try:
                    with connection.transaction():
                        number = _transaction_number(connection)
                        done.append(work(connection))
                except (errors.DeadlockDetected, errors.SerializationFailure):
                    conflicts += 1
                    if conflicts == _MOST_CONFLICTS:
                        raise
                except errors.OperationalError:
                    if not connection.closed:
                        raise
                    if done and number is not None and self._was_committed(number):
                        return done[0]
                else:
                    return done[0]

    def close(self) -> None:
        """Close the connection; nothing follows."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _open_patiently(self) -> Rows:
        """Wait a moment for a server that restarts; not again, once it stayed away, until it is back."""
        deadline = time.monotonic() + (0 if self._gave_up else _PATIENCE_SECONDS)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                connection = self.open()
            except StoreError:
                self._gave_up = time.monotonic() + pause > deadline
                if self._gave_up:
                    raise
                time.sleep(pause)
                pause *= 2
            else:
                self._gave_up = False
                return connection

    def _was_committed(self, number: str) -> bool:
        """Ask what became of a transaction whose end was not heard of."""
        while True:
            row = self._open_patiently().execute("SELECT pg_xact_status(%s::xid8) AS status", [number]).fetchone()
            if row is None or row["status"] != "in progress":
                return row is not None and row["status"] == "committed"
            time.sleep(_FIRST_PAUSE_SECONDS)


def _transaction_number(connection: Rows) -> str:
    row = connection.execute("SELECT pg_current_xact_id()::text AS number").fetchone()
    assert row is not None
    return str(row["number"])


def _connect(address: Address) -> Rows:
    import psycopg
    from psycopg.rows import dict_row

    from spanloom.store.postgresql.texts import TextDumper

    connection: Rows | None = None
    try:
        connection = psycopg.connect(**address.parameters, autocommit=True, row_factory=dict_row)
        connection.adapters.register_dumper(str, TextDumper)
        _refuse_encoding(connection, address.place)
        # Compiling a plan takes longer than any of these queries.
        connection.execute(f"SET search_path TO {SCHEMA}; SET jit TO off; SET client_min_messages TO warning")
        migrate(connection, address.place)
    except psycopg.Error as error:
        if connection is not None:
            connection.close()
        raise cannot_open(address.place, error) from None
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    return connection


def _refuse_encoding(connection: Rows, place: str) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"the database {place} has the encoding {encoding}, which can't hold every text: make one with "
            "createdb --encoding=UTF8 --template=template0"
        )
