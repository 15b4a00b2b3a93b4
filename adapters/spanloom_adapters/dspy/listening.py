"""The places where DSPy leaves what a model call gives: its chunks, its tokens, its record."""

from __future__ import annotations

from typing import Any, Protocol

import anyio
from dspy.utils.usage_tracker import UsageTracker  # type: ignore[import-untyped]

__all__ = ["Chunks", "Listener", "Records", "Usage"]


class Listener(Protocol):
    """Who is told."""

    def receive(self, chunk: Any) -> None:
        """Take a chunk of the model call that is running here."""

    def record(self, entry: dict[str, Any]) -> None:
        """Take the record of a model call."""

    def count(self, usage: dict[str, Any]) -> None:
        """Take the tokens of a model call."""


class Chunks:
    """Takes the place of the stream in DSPy's settings, `send_stream`.

    Attributes:
        closed: Whether nobody listens any more; then the model call that still talks fails.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.closed = False

    async def send(self, chunk: Any) -> None:
        """Take a chunk, in the context of its model call."""
        if self.closed:
            raise anyio.ClosedResourceError
        self._listener.receive(chunk)


class Records:
    """Takes the place of a calling module: each has the record of a model call appended to its history."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.history = self

    def __len__(self) -> int:
        return 0

    def append(self, entry: dict[str, Any]) -> None:
        """Take a record."""
        self._listener.record(entry)


class Usage(UsageTracker):  # type: ignore[misc]
    """Takes the place of the usage tracker; what it is told besides, the program can still ask of it."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def __deepcopy__(self, _memo: Any) -> Usage:
        # DSPy gives each of its threads a copy.
        return self

    def add_usage(self, lm: str, usage_entry: dict[str, Any]) -> None:
        """Take the tokens of a model call."""
        super().add_usage(lm, usage_entry)
        self._listener.count(usage_entry)
