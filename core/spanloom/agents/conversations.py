"""Where conversations are kept for agents that do not keep them themselves."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from spanloom.errors import StoreError

__all__ = ["Conversation", "ConversationStore", "MemoryConversations", "SqliteConversations"]

_MAX_IN_MEMORY = 1000

_TIMEOUT_SECONDS = 10.0
"""So long another process that writes the file is waited for."""


class Conversation(NamedTuple):
    """A conversation so far.

    Attributes:
        items: Everything that was said, as Responses items.
        state: What the adapter has to remember besides, a JSON value.
    """

    items: list[dict[str, Any]]
    state: Any = None


class ConversationStore(Protocol):
    """Keeps conversations by agent and id. Called from the agents' event loop; must not block for long."""

    def load(self, agent: str, conversation_id: str) -> Conversation | None:
        """Return the conversation, or `None` if there is none yet."""

    def save(self, agent: str, conversation_id: str, conversation: Conversation) -> None:
        """Keep the conversation as it is now."""


class MemoryConversations:
    """Keeps the newest thousand conversations in this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Conversation] = OrderedDict()

    def load(self, agent: str, conversation_id: str) -> Conversation | None:
        """Return the conversation, or `None`."""
        return self._kept.get((agent, conversation_id))

    def save(self, agent: str, conversation_id: str, conversation: Conversation) -> None:
        """Keep it, and forget the one that was not used for longest if there are too many."""
        self._kept[agent, conversation_id] = conversation
        self._kept.move_to_end((agent, conversation_id))
        if len(self._kept) > _MAX_IN_MEMORY:
            self._kept.popitem(last=False)


class SqliteConversations:
    """Keeps conversations in an SQLite file, so that another process can go on with them.

    Args:
        path: The file; made at first use.

    Raises:
        StoreError: If it can't be opened.

    Example:
        >>> agent = spanloom.wrap(native, conversations=SqliteConversations("conversations.db"))
    """

    def __init__(self, path: str | Path) -> None:
        from spanloom.store.write_ahead import use_write_ahead_log

        self._path = str(path)
        try:
            with closing(self._connect()) as connection, connection:
                use_write_ahead_log(connection, _TIMEOUT_SECONDS)
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS conversations (agent TEXT, id TEXT, items TEXT NOT NULL, state TEXT, "
                    "PRIMARY KEY (agent, id)) WITHOUT ROWID"
                )
        except sqlite3.Error as error:
            raise StoreError(f"conversations can't be kept in {self._path}: {error}") from error

    def load(self, agent: str, conversation_id: str) -> Conversation | None:
        """Return the conversation, or `None`."""
        with closing(self._connect()) as connection:
            row = connection.execute(
                "SELECT items, state FROM conversations WHERE agent = ? AND id = ?", (agent, conversation_id)
            ).fetchone()
        return Conversation(json.loads(row[0]), json.loads(row[1])) if row is not None else None

    def save(self, agent: str, conversation_id: str, conversation: Conversation) -> None:
        """Keep it."""
        row = (agent, conversation_id, json.dumps(conversation.items), json.dumps(conversation.state))
        with closing(self._connect()) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?)", row)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_TIMEOUT_SECONDS)
