"""The two things that end a run from outside: the client goes away, or the time is up."""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from spanloom.web.errors import HttpError

__all__ = ["Bounds", "ClientGoneError"]


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


class Bounds:
    """Cancels what runs inside the `async with` block when the client disconnects, or after `seconds`.

    The request's body must have been read.

    Raises:
        ClientGoneError: At the end of the block, in the first case.
        HttpError: 504, in the second.
    """

    __slots__ = ("_client_gone", "_receive", "_seconds", "_timeout", "_watcher")

    def __init__(self, receive: Receive, seconds: float | None) -> None:
        self._receive = receive
        self._seconds = seconds
        self._client_gone = False

    async def __aenter__(self) -> None:
        self._timeout = asyncio.timeout(self._seconds)
        await self._timeout.__aenter__()
        self._watcher = asyncio.create_task(self._watch())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watcher.cancel()
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError:
            if self._client_gone:
                raise ClientGoneError from None
            raise HttpError(
                504, f"the agent took longer than {self._seconds:g} s, which is the server's limit", code="timeout"
            ) from None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._client_gone = True
        self._timeout.reschedule(asyncio.get_running_loop().time())
