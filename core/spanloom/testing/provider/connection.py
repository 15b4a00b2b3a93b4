"""The server's side of one HTTP/1.1 connection."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus

__all__ = ["ClientGoneError", "Connection", "ServerStoppedError"]

_POLL_SECONDS = 0.01


class ClientGoneError(ConnectionError):
    """The client closed the connection."""


class ServerStoppedError(ConnectionError):
    """The server is stopping and gives the connection up."""


class Connection:
    """Writes answers and notices, while it waits, that the other side or the server itself has gone.

    Args:
        sock: The connected socket.
        stopping: Set when the server stops.
    """

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self._socket = sock
        self._stopping = stopping
        self._pending = b""

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer, in one write."""
        self.check()
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self._write(_head(status, {**length, **headers}) + body)

    def open_stream(self, headers: Mapping[str, str]) -> None:
        """Begin an event stream; its head goes out together with the first frame."""
        stream = {
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "Transfer-Encoding": "chunked",
        }
        self._pending = _head(HTTPStatus.OK, {**stream, **headers})

    def send_frame(self, data: bytes) -> None:
        """One HTTP chunk."""
        self.check()
        head, self._pending = self._pending, b""
        self._write(b"%s%x\r\n%s\r\n" % (head, len(data), data))

    def close_stream(self) -> None:
        """The end mark of a chunked body."""
        self._write(b"0\r\n\r\n")

    def wait_for(self, event: threading.Event) -> None:
        """Wait until the event is set, as long as both sides are there."""
        while not event.wait(_POLL_SECONDS):
            self.check()

    def pause(self, seconds: float) -> None:
        """Wait for a time, as long as both sides are there."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._stopping.wait(min(_POLL_SECONDS, left))
            self.check()

    def check(self) -> None:
        """Raise when the server stops or the client has closed."""
        if self._stopping.is_set():
            raise ServerStoppedError("the server is stopping")
        try:
            # Between its request and our answer a client has nothing to say: only an end of file can be there.
            gone = not self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            raise self._lost()

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._lost() from error

    def _lost(self) -> ConnectionError:
        # A stopping server hangs up by itself; asked after the fact, so that it is never taken for the client.
        if self._stopping.is_set():
            return ServerStoppedError("the server is stopping")
        return ClientGoneError("the client closed the connection")


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Scripted"
