"""The events of a running workflow."""

from __future__ import annotations

import asyncio

from llama_index.core.workflow import Event
from workflows.handler import WorkflowHandler

__all__ = ["NativeEvents"]

_SETTLE_SECONDS = 0.05
"""How long nothing may happen in an idle workflow before it is taken for one that waits."""


class NativeEvents:
    """Gives the events of a run one by one, those about its steps included; iterate, then close it."""

    def __init__(self, handler: WorkflowHandler) -> None:
        self._stream = handler.stream_events(expose_internal=True)
        self._next: asyncio.Future[Event] | None = None

    def __aiter__(self) -> NativeEvents:
        return self

    async def __anext__(self) -> Event:
        following, self._next = self._next, None
        return await (anext(self._stream) if following is None else following)

    async def settled(self) -> bool:
        """Tell whether an idle workflow stays idle: some say so while they still have an event to deliver."""
        self._next = asyncio.ensure_future(anext(self._stream))
        done, _ = await asyncio.wait([self._next], timeout=_SETTLE_SECONDS)
        return not done

    async def aclose(self) -> None:
        """Stop listening."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._stream.aclose()
