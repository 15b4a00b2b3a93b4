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
        self._told: deque[ResponsesAgentStreamEvent | Exception | None] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def tell(self, function: Callable[..., list[ResponsesAgentStreamEvent]], *args: Any) -> None:
        """Call what makes events; from any thread. What it raises, who awaits the events will see."""
        with self._one_at_a_time:
            if self._closed:
                return
            try:
                self._put(*function(*args))
            except Exception as error:
                self._put(error)

    def fail(self, error: Exception) -> None:
        """Have the error raised where the events are awaited."""
        self._put(error)

    def close(self) -> None:
        """Tell that nothing more will come."""
        with self._one_at_a_time:
            self._closed = True
            self._put(None)

    async def events(self) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Yield the events until the channel is closed."""
        while True:
            while self._told:
                told = self._told.popleft()
                if told is None:
                    return
                if isinstance(told, Exception):
                    raise told
                yield told
            self._news.clear()
            if not self._told:
                await self._news.wait()

    def _put(self, *told: ResponsesAgentStreamEvent | Exception | None) -> None:
        if not told:
            return
        self._told.extend(told)
        if threading.get_ident() == self._thread:
            self._news.set()
        else:
            self._loop.call_soon_threadsafe(self._news.set)
