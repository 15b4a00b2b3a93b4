"""Streams that a task of its own reads.

Cancelling the task in the middle of a read reaches the model's client, which then hangs up. Closing the generators that
LlamaIndex puts around the client does not: they leave it to the garbage collector.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

__all__ = ["arriving", "read_ahead"]


async def arriving(task: asyncio.Task[Any], arrived: asyncio.Queue[Any]) -> AsyncGenerator[Any, None]:
    """Yield what the task puts into the queue, and raise what it raises; closed with it."""
    task.add_done_callback(lambda _: arrived.put_nowait(_END))
    try:
        while (item := await arrived.get()) is not _END:
            yield item
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


def read_ahead(stream: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """Yield the items of a stream, which is read in the present context."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    async def read() -> None:
        async for item in stream:
            arrived.put_nowait(item)

    return arriving(asyncio.create_task(read()), arrived)


_END = object()
