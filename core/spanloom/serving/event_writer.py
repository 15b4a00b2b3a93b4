"""Sending server-sent events: what one step of the agent makes goes out in one piece."""

from __future__ import annotations

import asyncio

from starlette.types import Send

__all__ = ["EventWriter"]

_MAX_WAITING = 64
"""Pieces that may wait for a slow client; then the agent waits."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class EventWriter:
    """Sends the answer's headers with the first frames, and frames that come together, together.

    Each send is a system call, and costs more than making the event. A task of its own does it, whenever the agent
    pauses.

    Args:
        send: Sends a part of the answer.
        headers: Further headers.

    Attributes:
        begun: Whether there was anything to send: then the answer can't become an error any more.
    """

    __slots__ = ("_headers", "_send", "_sending", "_waiting", "begun")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = [*_HEADERS, *headers]
        self._waiting: list[bytes] = []
        self._sending: asyncio.Task[None] | None = None
        self.begun = False

    async def write(self, frames: list[bytes]) -> None:
        """Send frames soon."""
        if not frames:
            return
        self.begun = True
        self._waiting += frames
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())
        elif len(self._waiting) > _MAX_WAITING:
            await asyncio.shield(self._sending)

    async def end(self, frames: list[bytes]) -> None:
        """Send what waits, and the last frames."""
        if self._sending is not None:
            await self._sending
        await self._send_body(b"".join([*self._waiting, *frames]), more=False)

    async def _send_waiting(self) -> None:
        while self._waiting:
            body = b"".join(self._waiting)
            self._waiting.clear()
            await self._send_body(body, more=True)

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        if self._headers:
            headers, self._headers = self._headers, []
            self.begun = True
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
