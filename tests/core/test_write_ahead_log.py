"""Several processes make one new SQLite file at the same time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from spanloom.agents.conversations import SqliteConversations
from spanloom.serving.stored_responses import StoredResponses
from spanloom.store import SqliteStore
from spanloom.store.write_ahead import use_write_ahead_log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new.db"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process, as far as SQLite is concerned, that is about to write the file."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.mark.parametrize(
    "open_file",
    [lambda path: SqliteStore(f"sqlite:///{path}"), SqliteConversations, lambda path: StoredResponses(str(path))],
)
def test_who_comes_second_waits(open_file: Callable[[Path], object], path: Path, other: sqlite3.Connection) -> None:
    release = threading.Timer(0.1, other.execute, ["ROLLBACK"])
    release.start()
    open_file(path)
    release.join()
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_who_waits_too_long_is_told(path: Path, other: sqlite3.Connection) -> None:
    with (
        closing(sqlite3.connect(path, timeout=0)) as connection,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        use_write_ahead_log(connection, 0)
    other.execute("ROLLBACK")


def test_a_reader_that_does_not_end_is_not_waited_for_without_end(path: Path, other: sqlite3.Connection) -> None:
    for statement in ("CREATE TABLE things (id)", "COMMIT", "BEGIN", "SELECT * FROM things"):
        other.execute(statement)
    with (
        closing(sqlite3.connect(path, timeout=0)) as connection,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        use_write_ahead_log(connection, 0.05)
    other.execute("ROLLBACK")
