"""An HTTP/1.1 client that costs little beside the servers it loads: one connection, one request at a time."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

__all__ = ["Answer", "Connection", "get", "post"]

_HOST = "host: 127.0.0.1"  # the server refuses names that it was not told
_TRACE_ID = b"x-spanloom-trace-id"


class Answer(NamedTuple):
    """What came back.

    Attributes:
        status: The HTTP status.
        trace_id: The trace that the server names, if it does.
        body: All of it; of a stream that the client left, what had come.
    """

    status: int
    trace_id: str | None
    body: bytes


def post(path: str, body: dict[str, Any]) -> bytes:
    """Return a request as it goes over the wire."""
    data = json.dumps(body).encode()
    kind = f"content-type: application/json\r\ncontent-length: {len(data)}"
    return f"POST {path} HTTP/1.1\r\n{_HOST}\r\n{kind}\r\n\r\n".encode() + data


def get(path: str) -> bytes:
    """Return a request without a body."""
    return f"GET {path} HTTP/1.1\r\n{_HOST}\r\n\r\n".encode()


class Connection(asyncio.Protocol):
    """A kept-alive connection.

    Raises:
        ConnectionError: From `ask`, if the server closes it before the answer is complete.
    """

    def __init__(self) -> None:
        import httptools

        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Answer]
        self._chunks: list[bytes] = []
        self._trace_id: str | None = None
        self._leave_after = 0

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a port of this machine."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    def ask(self, request: bytes, *, leave_after: int = 0) -> asyncio.Future[Answer]:
        """Send a request; `leave_after` so many pieces of the answer's body, hang up."""
        self._chunks = []
        self._trace_id = None
        self._leave_after = leave_after
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    @property
    def closed(self) -> bool:
        """Whether one side hung up: servers do when nothing was asked for a while."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # what a socket's transport is

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)
        if self._leave_after and len(self._chunks) >= self._leave_after and not self._answer.done():
            self._finish()
            self.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == _TRACE_ID:
            self._trace_id = value.decode()

    def on_body(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        if not self._answer.done():
            self._finish()

    def _finish(self) -> None:
        self._answer.set_result(Answer(self._parser.get_status_code(), self._trace_id, b"".join(self._chunks)))
