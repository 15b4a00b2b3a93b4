"""What other threads hand to an event loop, item by item, with few wake-ups."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

__all__ = ["Mailbox"]

ItemT = TypeVar("ItemT")


class Mailbox(Generic[ItemT]):
    """Takes items from any thread; the loop it was made on gets them in order.

    Waking a loop is a system call, ten times the rest: there is one for all that came since the last.
    """

    __slots__ = ("_arrived", "_loop", "_something", "_woken")

    def __init__(self) -> None:
        self._arrived: deque[ItemT] = deque()
        self._loop = asyncio.get_running_loop()
        self._something = asyncio.Event()
        self._woken = False

    def put(self, item: ItemT) -> None:
        """Hand an item over, from any thread."""
        self._arrived.append(item)
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._something.set)

    async def get(self) -> ItemT:
        """Return the next item as soon as there is one."""
        while not self._arrived:
            # In this order: whoever puts an item after the look below sees that a wake-up is due.
            self._woken = False
            self._something.clear()
            if not self._arrived:
                await self._something.wait()
        return self._arrived.popleft()
