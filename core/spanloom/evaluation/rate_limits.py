"""Waiting when a provider says that it was asked too often."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

__all__ = ["RateLimits"]

ResultT = TypeVar("ResultT")

_TOO_MANY_REQUESTS: Final = 429
_RETRIES: Final = 6
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
"""Seconds; doubled from one to the other."""


class RateLimits:
    """Repeats what was refused with HTTP status 429, and lets everybody wait meanwhile.

    Args:
        stopped: Set when nobody waits any more.
    """

    def __init__(self, stopped: threading.Event | None = None) -> None:
        self._stopped = stopped or threading.Event()
        self._quiet_until = 0.0

    def __reduce__(self) -> tuple[type[RateLimits], tuple[()]]:
        return RateLimits, ()  # in another process everybody waits for those there

    def call(self, function: Callable[[], ResultT]) -> ResultT:
        """Call until it is not refused, six times more at most; then the refusal is raised."""
        retries = 0
        while True:
            self._wait()
            try:
                return function()
            except Exception as error:
                refusal = _refusal(error)
                retries += 1
                if refusal is None or retries > _RETRIES or self._stopped.is_set():
                    raise
                self._quiet_until = max(self._quiet_until, time.monotonic() + _pause(refusal, retries))

    def _wait(self) -> None:
        while (left := self._quiet_until - time.monotonic()) > 0 and not self._stopped.is_set():
            self._stopped.wait(left)


def _refusal(error: BaseException) -> BaseException | None:
    """Return what was refused with HTTP status 429: the error, one that caused it, or one of a group."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        if _TOO_MANY_REQUESTS in _statuses(found):
            return found
        waiting.append(found.__cause__ or found.__context__)
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions
    return None


def _statuses(error: BaseException) -> list[Any]:
    response = getattr(error, "response", None)
    # openai and anthropic; older clients; aiohttp; google-genai and urllib
    names = ("status_code", "http_status", "status", "code")
    told = [getattr(owner, name, None) for owner in (error, response) for name in names]
    return [*told, _botocore(response, "HTTPStatusCode")]


def _botocore(response: Any, name: str) -> Any:
    """Return what the answer of botocore, a dictionary, tells about HTTP."""
    facts = response.get("ResponseMetadata") if isinstance(response, dict) else None
    return facts.get(name) if isinstance(facts, dict) else None


def _pause(refusal: BaseException, retries: int) -> float:
    response = getattr(refusal, "response", None)
    asked = _retry_after(_botocore(response, "HTTPHeaders") or getattr(response, "headers", None))
    doubled = _FIRST_WAIT * 2 ** (retries - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - so that not all come at once
    return min(asked if asked is not None else doubled, _LONGEST_WAIT)


def _retry_after(headers: Any) -> float | None:
    """Return the seconds that `Retry-After` asks for (RFC 9110, 10.2.3), which is a number or a date."""
    value = (headers or {}).get("retry-after")
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
