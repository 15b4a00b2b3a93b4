"""Responses kept for `previous_response_id`, `conversation` and `GET /v1/responses/{id}`."""

from __future__ import annotations

import sqlite3
import uuid
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from spanloom.errors import StoreError
from spanloom.store.write_ahead import use_write_ahead_log

__all__ = ["StoredResponse", "StoredResponses", "new_conversation_id"]

_KEPT = 10_000
"""The newest so many are kept."""

_TIMEOUT_SECONDS = 10.0
"""So long another worker that writes the file is waited for."""

_SCHEMA = (
    "PRAGMA synchronous = NORMAL",
    (
        "CREATE TABLE IF NOT EXISTS responses (number INTEGER PRIMARY KEY, id TEXT UNIQUE, agent TEXT, "
        "conversation_id TEXT, previous_id TEXT, input BLOB, body BLOB)"
    ),
    "CREATE INDEX IF NOT EXISTS responses_of_a_conversation ON responses (conversation_id, number)",
)
_COLUMNS = "id, agent, conversation_id, previous_id, input, body"


def new_conversation_id() -> str:
    """Return a fresh conversation id, `conv_…`."""
    return f"conv_{uuid.uuid4().hex}"


class StoredResponse(NamedTuple):
    """A response, and where it stands in its conversation.

    Attributes:
        id: Of the response.
        agent: Who gave it.
        conversation_id: The conversation it is part of.
        previous_id: The response before it.
        input: The items that were new in its request.
        body: The response as it was sent.
    """

    id: str
    agent: str
    conversation_id: str
    previous_id: str | None
    input: list[dict[str, Any]]
    body: dict[str, Any]


class StoredResponses:
    """Keeps responses in SQLite, in memory or in a file that several workers share. Its calls take microseconds.

    Args:
        path: The file; `None`: memory.

    Raises:
        StoreError: If it can't be opened.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        _ = self._connection  # what is wrong shows here

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        try:
            # Used by the server's one loop, whichever thread that runs in.
            connection = sqlite3.connect(self._path or ":memory:", timeout=_TIMEOUT_SECONDS, check_same_thread=False)
            use_write_ahead_log(connection, _TIMEOUT_SECONDS)
            with connection:
                for statement in _SCHEMA:
                    connection.execute(statement)
        except sqlite3.Error as error:
            raise StoreError(f"responses can't be kept in {self._path}: {error}") from error
        return connection

    def save(self, response: StoredResponse) -> None:
        """Keep a response."""
        row = (*response[:4], orjson.dumps(response.input), orjson.dumps(response.body))
        with self._connection:
            number = self._connection.execute(
                f"INSERT OR REPLACE INTO responses ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
                row,
            ).lastrowid
            self._connection.execute("DELETE FROM responses WHERE number <= ?", ((number or 0) - _KEPT,))

    def get(self, response_id: str) -> StoredResponse | None:
        """Return the response of this id, or `None`."""
        return self._one("id = ?", response_id)

    def latest(self, conversation_id: str) -> StoredResponse | None:
        """Return the newest response of a conversation, or `None`."""
        return self._one("conversation_id = ? ORDER BY number DESC LIMIT 1", conversation_id)

    def delete(self, response_id: str) -> bool:
        """Forget a response; false if there is none of this id."""
        with self._connection:
            return self._connection.execute("DELETE FROM responses WHERE id = ?", (response_id,)).rowcount > 0

    def history(self, response: StoredResponse) -> list[dict[str, Any]]:
        """Return everything that was said up to this response, as items, oldest first."""
        turns, seen = list[StoredResponse](), set[str]()
        current: StoredResponse | None = response
        while current is not None and current.id not in seen:
            seen.add(current.id)
            turns.append(current)
            current = self.get(current.previous_id) if current.previous_id is not None else None
        return [item for turn in reversed(turns) for item in (*turn.input, *turn.body["output"])]

    def close(self) -> None:
        """Close the file; whoever uses it again opens it again."""
        self._connection.close()
        del self._connection

    def _one(self, condition: str, value: str) -> StoredResponse | None:
        found = self._connection.execute(f"SELECT {_COLUMNS} FROM responses WHERE {condition}", (value,)).fetchone()  # noqa: S608 - constants
        if found is None:
            return None
        return StoredResponse._make((*found[:4], *map(orjson.loads, found[4:])))
