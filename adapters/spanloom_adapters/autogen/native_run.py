"""A run of an agent or team that can be stopped at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from autogen_core import CancellationToken

from spanloom.errors import AgentError
from spanloom_adapters.autogen.members import teams

__all__ = ["NativeRun"]

_BUFFERED = 64
"""Messages that may wait for their reader; then the run waits, unless it is being stopped."""

_GRACE_SECONDS = 0.05
"""How long a run that was cancelled one way may take to end before it is cancelled the next way."""

_PATIENCE_SECONDS = 1.0
"""How long a run that was cancelled in every way is waited for."""

_SETTLE_STEPS = 100
"""How many steps of the event loop a run gets to come to a point where it waits."""

_END: Any = object()


class NativeRun:
    """Runs a task in a task of the event loop, so that stopping it can go the way that AutoGen needs.

    The run's token stops model calls and tools. An agent that waits for a tool hangs then, until it is cancelled
    itself; in a team that is a task of the team's runtime. A team that is cancelled itself, without the token, would
    first wait for the model's whole answer.

    Args:
        agent: The agent or team.
        task: What it is run on.
    """

    def __init__(self, agent: Any, task: Any) -> None:
        self._token = CancellationToken()
        self._teams = teams(agent)
        self._arrived: asyncio.Queue[Any] = asyncio.Queue()
        self._room = asyncio.Semaphore(_BUFFERED)
        self._cancelled = self._stopping = False
        stream = agent.run_stream(task=task, cancellation_token=self._token, output_task_messages=False)
        self._task = asyncio.create_task(self._work(stream))
        self._task.add_done_callback(_look)

    async def _work(self, stream: Any) -> None:
        try:
            async with aclosing(stream) as messages:
                async for message in messages:
                    self._arrived.put_nowait(message)
                    if not self._stopping:
                        await self._room.acquire()
        except asyncio.CancelledError:
            # Not that one: its traceback would keep the model's half-read answer, and its connection, open.
            self._cancelled = True
        finally:
            self._arrived.put_nowait(_END)

    def __aiter__(self) -> NativeRun:
        return self

    async def __anext__(self) -> Any:
        """Return the next event or message; the last one is the `TaskResult`.

        Raises:
            AgentError: If something within the run cancelled it.
        """
        message = await self._arrived.get()
        if message is not _END:
            self._room.release()
            return message
        await self._task
        if self._cancelled:
            raise AgentError("the run was cancelled from within, by a tool or agent of its own")
        raise StopAsyncIteration

    async def stop(self) -> None:
        """Stop the run and everything that it started; nothing happens if it has ended."""
        if self._task.done():
            return
        self._stopping = True
        self._room.release()
        await self._settle()
        try:
            self._token.cancel()
            # Not all at once: whoever is cancelled twice is disturbed while closing its connection.
            await asyncio.wait({self._task}, timeout=_GRACE_SECONDS)
            if self._task.done():
                return
            for team in self._teams:
                for handler in tuple(team._runtime._background_tasks):  # noqa: SLF001 - they know no other way to stop
                    handler.cancel()
            if self._teams:
                await asyncio.wait({self._task}, timeout=_GRACE_SECONDS)
        finally:
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=_PATIENCE_SECONDS)

    async def _settle(self) -> None:
        """Let the run come to a point where it waits for the world outside.

        AutoGen never closes a model's answer. Only a cancellation that meets it while it is being read does; one that
        comes between two reads leaves it, and its connection, open for ever.
        """
        for _ in range(_SETTLE_STEPS):
            handlers = [handler for team in self._teams for handler in team._runtime._background_tasks]  # noqa: SLF001
            if _waits(self._task) and all(map(_waits, handlers)):
                return
            await asyncio.sleep(0)


def _look(task: asyncio.Task[None]) -> None:
    """Asyncio complains of errors that nobody looked at: of a run that is stopped, nobody does."""
    if not task.cancelled():
        task.exception()


def _waits(future: Any) -> bool:
    if future is None or future.done():
        return False
    gathered = getattr(future, "_children", None)
    if gathered:
        return all(child.done() or _waits(child) for child in gathered)
    return _waits(getattr(future, "_fut_waiter", None)) if isinstance(future, asyncio.Task) else True
