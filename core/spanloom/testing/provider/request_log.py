"""What the server was asked, and what the script said to it; shared by all connections."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.script import Script, Settled

__all__ = ["RequestLog"]


class RequestLog:
    """The received requests, the script and its failures under one lock: the n-th model request gets the n-th reply."""

    def __init__(self, script: Script) -> None:
        self._lock = threading.Lock()
        self._script = script
        self._requests: list[ReceivedRequest] = []
        self._failures: list[Exception] = []

    def receive(
        self, method: str, path: str, headers: Mapping[str, str], body: Any, *, scripted: bool
    ) -> tuple[ReceivedRequest, Settled | None]:
        """Log a request and, if the script answers it, settle what will."""
        with self._lock:
            request = ReceivedRequest(len(self._requests), method, path, headers, body)
            self._requests.append(request)
            return request, self._script.take(request) if scripted else None

    def record_failure(self, error: Exception) -> None:
        """Keep what went wrong in the script."""
        with self._lock:
            self._failures.append(error)

    def requests(self) -> tuple[ReceivedRequest, ...]:
        """The requests so far."""
        with self._lock:
            return tuple(self._requests)

    def failures(self) -> tuple[Exception, ...]:
        """The failures so far."""
        with self._lock:
            return tuple(self._failures)

    def use(self, script: Script, *, forget: bool = False) -> None:
        """Go on with another script, and an empty log if asked to forget."""
        with self._lock:
            self._script = script
            if forget:
                self._requests.clear()
                self._failures.clear()

    def append(self, replies: Iterable[Reply | ErrorReply]) -> None:
        """Add replies to the end of the script in use."""
        with self._lock:
            self._script.append(replies)
