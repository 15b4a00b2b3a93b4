"""The one long-lived event loop that asynchronous agents run on, and the ways in from outside.

Pooled HTTP clients are bound to the loop they first met: with a loop per call, the second call would fail.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from spanloom.agents.mailbox import Mailbox

__all__ = ["adopt_running_loop", "iterate", "iterate_sync", "run", "run_sync"]

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

_BUFFERED = 256
"""Items of a stream that may wait for their consumer; then the agent waits."""

_MIN_PAUSE, _MAX_PAUSE = 0.001, 0.008
"""Seconds between two hand-overs of a stream that does not pause by itself: waking the consumer's thread for every item
would cost more than all the rest."""

_CANCEL_AGAIN_SECONDS = 0.2
"""How long a cancelled stream may go on before it is cancelled a second time."""

_STOP_SECONDS = 5.0
"""How long closing a stream waits for the agent to clean up."""


class _Background:
    """The loop and its thread, made at first use."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        # Also after a fork: the parent's thread does not exist in the child.
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="spanloom-agents", daemon=True).start()
            return self._loop

    def adopt(self, loop: asyncio.AbstractEventLoop) -> bool:
        with self._lock:
            adopted = self._loop is None
            if adopted:
                self._loop = loop
            return adopted


_background = _Background()
os.register_at_fork(after_in_child=_background.forget)


@contextmanager
def adopt_running_loop() -> Iterator[None]:
    """Make the running loop the one that agents run on, inside the block: then no event crosses threads.

    If agents ran before, their pooled clients are bound to the loop they ran on, and that one stays.
    """
    adopted = _background.adopt(asyncio.get_running_loop())
    try:
        yield
    finally:
        if adopted:
            _background.forget()


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def run_sync(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine on the background loop, in a copy of the caller's context, and wait for it.

    Works from any thread, also from inside a running loop (which it blocks). Ctrl-C cancels the coroutine.

    Raises:
        RuntimeError: If called on the background loop itself, where waiting would never end.
    """
    loop = _background.loop()
    if _is_here(loop):
        coroutine.close()
        raise RuntimeError(_DEADLOCK)
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine on the background loop, in a copy of the caller's context, and await it."""
    loop = _background.loop()
    if _is_here(loop):
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


def iterate_sync(stream: AsyncIterator[ItemT]) -> Iterator[ItemT]:
    """Iterate over an asynchronous stream that runs on the background loop.

    Closing the iterator cancels the stream and waits until it has cleaned up.

    Raises:
        RuntimeError: If iterated on the background loop itself, where waiting would never end.
    """
    if _is_here(_background.loop()):
        raise RuntimeError(_DEADLOCK)
    arrived: SimpleQueue[list[_Outcome]] = SimpleQueue()
    producer = _Producer(stream, arrived.put)
    try:
        while True:
            for outcome in arrived.get():
                if outcome is None:
                    return
                yield producer.accept(outcome)
    finally:
        if producer.stop():
            with suppress(TimeoutError):
                producer.stopped.result(_STOP_SECONDS)


def iterate(stream: AsyncIterator[ItemT]) -> AsyncIterator[ItemT]:
    """Iterate from any loop over an asynchronous stream that runs on the background loop; the same otherwise."""
    return stream if _is_here(_background.loop()) else _iterate_from_elsewhere(stream)


async def _iterate_from_elsewhere(stream: AsyncIterator[ItemT]) -> AsyncIterator[ItemT]:
    arrived: Mailbox[list[_Outcome]] = Mailbox()
    producer = _Producer(stream, arrived.put)
    try:
        while True:
            for outcome in await arrived.get():
                if outcome is None:
                    return
                yield producer.accept(outcome)
    finally:
        if producer.stop():
            await asyncio.wait([asyncio.wrap_future(producer.stopped)], timeout=_STOP_SECONDS)


_Outcome = tuple[Any, BaseException | None] | None
"""An item, an exception, or the end."""


class _Producer:
    """Runs a stream as one task of the background loop and delivers what it yields.

    One task from first to last step: frameworks open cancel scopes that must be left by the task that entered them.
    """

    def __init__(self, stream: AsyncIterator[Any], deliver: Callable[[list[_Outcome]], object]) -> None:
        self.stopped: Future[None] = Future()
        self._deliver = deliver
        self._waiting: list[_Outcome] = []
        self._timer: asyncio.Handle | None = None
        self._pause = 0.0
        self._next = 0.0
        self._accepted = 0
        self._loop = _background.loop()
        self._room = asyncio.Semaphore(_BUFFERED)
        self._stopping = False
        self._running: asyncio.Task[None] | None = None
        self._task = asyncio.run_coroutine_threadsafe(self._produce(stream), self._loop)

    async def _produce(self, stream: AsyncIterator[Any]) -> None:
        cancelled = False
        self._running = asyncio.current_task()
        try:
            try:
                async for item in stream:
                    if self._stopping:
                        break
                    await self._room.acquire()
                    self._put((item, None))
            finally:
                close = getattr(stream, "aclose", None)
                if close is not None:
                    await close()
        except asyncio.CancelledError:
            # A new one: the traceback of this one holds the frames of the agent's half-closed generators, and a cycle
            # through this task would keep those, and their connections, open until the garbage collector runs.
            cancelled = True
            self._put_last((None, asyncio.CancelledError()))
        except BaseException as error:
            self._put_last((None, error))
            if not isinstance(error, Exception):
                raise
        else:
            self._put_last(None)
        finally:
            self.stopped.set_result(None)
        if cancelled:
            raise asyncio.CancelledError

    def _put(self, outcome: _Outcome) -> None:
        self._waiting.append(outcome)
        if self._timer is None:
            # At the earliest when this step of the loop is over: what it makes goes together.
            late = self._loop.time() >= self._next
            self._timer = (
                self._loop.call_soon(self._hand_over) if late else self._loop.call_at(self._next, self._hand_over)
            )
            self._pause = 0.0 if late else min(max(2 * self._pause, _MIN_PAUSE), _MAX_PAUSE)

    def _put_last(self, outcome: _Outcome) -> None:
        self._waiting.append(outcome)
        self._hand_over()

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        self._next = self._loop.time() + max(self._pause, _MIN_PAUSE)
        self._deliver(waiting)
        # Gives the interpreter's lock to the thread that was woken; or else it would be woken again and again, and find
        # the lock taken, each time this one does a system call.
        time.sleep(0)

    def accept(self, outcome: tuple[Any, BaseException | None]) -> Any:
        """Return the item or raise the exception; from time to time tell the producer that there is room."""
        item, error = outcome
        if error is not None:
            raise error
        self._accepted += 1
        if self._accepted % (_BUFFERED // 2) == 0:
            self._loop.call_soon_threadsafe(self._make_room)
        return item

    def _make_room(self) -> None:
        for _ in range(_BUFFERED // 2):
            self._room.release()

    def stop(self) -> bool:
        """Cancel the stream; false if it had already ended."""
        if self.stopped.done():
            return False
        self._stopping = True
        self._deliver = _to_nobody
        self._task.cancel()
        if sys.version_info < (3, 12):
            # There, a cancellation that meets a result in `asyncio.wait_for` is lost.
            self._loop.call_soon_threadsafe(self._loop.call_later, _CANCEL_AGAIN_SECONDS, self._cancel_again)
        return True

    def _cancel_again(self) -> None:
        if self._running is not None and not self.stopped.done():
            self._running.cancel()


def _to_nobody(_outcome: object) -> None: ...


_DEADLOCK = (
    "a synchronous agent call inside an asynchronous agent's own run would wait for ever; "
    "there, use `await agent.apredict(...)` or `async for event in agent.apredict_stream(...)`"
)
