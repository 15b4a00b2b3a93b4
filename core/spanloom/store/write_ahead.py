"""The journal that lets several processes use one SQLite file."""

from __future__ import annotations

import sqlite3
import time

__all__ = ["use_write_ahead_log"]


def use_write_ahead_log(connection: sqlite3.Connection, timeout: float) -> None:
    """Switch a file to WAL mode, in which it stays.

    Where another process is switching the same new file, SQLite gives up at once, whatever busy timeout it was given.

    Args:
        connection: To the file; outside of a transaction.
        timeout: Seconds to wait for others.

    Raises:
        sqlite3.OperationalError: If the file is still busy after that, or can't be written.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        else:
            return
        connection.execute("BEGIN IMMEDIATE")  # for this SQLite does wait
        connection.execute("ROLLBACK")
