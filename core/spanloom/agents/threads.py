"""Synchronous code on an event loop: each run has a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, TypeVar

from spanloom.agents.mailbox import Mailbox

__all__ = ["iterate_in_thread", "run_in_thread"]

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_BUFFERED = 64
"""Items that may wait for their consumer; then the thread waits."""

_STOP_SECONDS = 0.15
"""How long closing waits for a thread that is in the middle of a step."""


async def run_in_thread(function: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Call a function in a thread of its own, in a copy of the context.

    A thread can't be stopped in the middle: when the call is cancelled, it is left alone.
    """
    outcome: Future[ResultT] = Future()
    outcome.set_running_or_notify_cancel()

    def call() -> None:
        try:
            outcome.set_result(function(*arguments))
        except BaseException as error:  # raised where the call is awaited
            outcome.set_exception(error)

    _start_thread(call)
    return await asyncio.wrap_future(outcome)


def _start_thread(work: Callable[[], None]) -> None:
    context = contextvars.copy_context()
    # Not from a pool: agents call each other, and threads that wait for threads of the same pool wait for ever.
    threading.Thread(target=context.run, args=(work,), name="spanloom-agent-run", daemon=True).start()


async def iterate_in_thread(
    iterate: Callable[[], Iterable[ItemT]], interrupt: Callable[[], object] = lambda: None
) -> AsyncIterator[ItemT]:
    """Iterate in a thread of its own, from first to last step in one copy of the context.

    Closing closes the iterator, in its thread. A thread can't be stopped in the middle of a step: `interrupt` may make
    that step end; otherwise the thread is left alone and stops after it.

    Args:
        iterate: Makes the iterable; called in the thread.
        interrupt: Called on the loop, at the end in any case.
    """
    worker = _Worker(iterate)
    try:
        while True:
            item, error = await worker.take()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        interrupt()
        await worker.stop()


_END: Any = object()


class _Worker(Generic[ItemT]):
    """A thread and what it has produced."""

    def __init__(self, iterate: Callable[[], Iterable[ItemT]]) -> None:
        self._arrived: Mailbox[tuple[ItemT, BaseException | None]] = Mailbox()
        self._iterate = iterate
        self._room = threading.Semaphore(_BUFFERED)
        self._taken = 0
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        _start_thread(self._work)

    async def take(self) -> tuple[ItemT, BaseException | None]:
        """Return the next item or error."""
        outcome = await self._arrived.get()
        self._taken += 1
        if self._taken % (_BUFFERED // 2) == 0:
            self._room.release(_BUFFERED // 2)
        return outcome

    async def stop(self) -> None:
        """Make the thread end after its current step, and wait a moment for that."""
        self._stopping = True
        self._room.release()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await self._ended.wait()

    def _work(self) -> None:
        outcome: tuple[Any, BaseException | None] = (_END, None)
        try:
            self._produce()
        except BaseException as error:  # raised where the run is awaited
            outcome = (None, error)
        self._arrived.put(outcome)
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._ended.set)

    def _produce(self) -> None:
        iterator: Iterator[ItemT] = iter(self._iterate())
        try:
            for item in iterator:
                self._room.acquire()
                if self._stopping:
                    break
                self._arrived.put((item, None))
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
