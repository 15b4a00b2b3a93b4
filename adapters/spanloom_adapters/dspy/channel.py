"""The events of a running program, on their way from its task and its threads to the one who yields them."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["Channel"]


class Channel:
    """Has events made one after the other, whoever asks for them, and hands them over in that order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._one_at_a_time = threading.RLock()
        self._waiting: deque[ResponsesAgentStreamEvent] = deque()
        self._news = asyncio.Event()
        self._closed = False
        self._error: Exception | None = None

    def tell(self, function: Callable[..., list[ResponsesAgentStreamEvent]], *args: Any) -> None:
        """Call what makes events; from any thread. What it raises, who awaits the events will see."""
        with self._one_at_a_time:
            if self._closed:
                return
            try:
                self._waiting.extend(function(*args))
            except Exception as error:
                self._error = error
        self._wake()

    def fail(self, error: Exception) -> None:
        """Have the error raised where the events are awaited."""
        self._error = error
        self._wake()

    def close(self) -> None:
        """Tell that nothing more will come."""
        with self._one_at_a_time:
            self._closed = True
        self._wake()

    async def events(self) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Yield the events until the channel is closed."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._error is not None:
                raise self._error
            if self._closed:
                return
            self._news.clear()
            if not self._waiting and not self._closed and self._error is None:
                await self._news.wait()

    def _wake(self) -> None:
        if threading.get_ident() == self._thread:
            self._news.set()
        else:
            self._loop.call_soon_threadsafe(self._news.set)
