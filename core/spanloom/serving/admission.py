"""Who may come in: a bounded number of requests at once, and none any more while the server drains."""

from __future__ import annotations

import asyncio
from types import TracebackType

from spanloom.web.errors import HttpError

__all__ = ["Admission"]


class Admission:
    """Counts the requests that run; `with admission:` is one of them.

    Attributes:
        in_flight: How many run.
        draining: Whether the server is about to stop.
        idle: Set while none runs.
    """

    __slots__ = ("draining", "idle", "in_flight", "max_concurrency")

    def __init__(self, max_concurrency: int) -> None:
        self.max_concurrency = max_concurrency
        self.in_flight = 0
        self.draining = False
        self.idle = asyncio.Event()
        self.idle.set()

    def __enter__(self) -> None:
        if self.draining:
            raise HttpError(503, "the server is stopping; try again", code="stopping", headers={"retry-after": "1"})
        if self.in_flight >= self.max_concurrency:
            raise HttpError(
                429,
                f"{self.max_concurrency} requests are running, which is the limit; try again",
                code="too_many_requests",
                headers={"retry-after": "1"},
            )
        self.in_flight += 1
        self.idle.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self.idle.set()
