"""Retention: old traces are deleted, by age and by what the store takes, a few at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from spanloom.errors import SpanloomError
from spanloom.tracing.exporters import TraceQuery, TraceStore
from spanloom.tracing.guard import report_failure
from spanloom.tracing.quantities import parse_age
from spanloom.tracing.settings import settings
from spanloom.tracing.traces import TraceList

__all__ = ["Retention", "RetentionKeeper", "expired_traces", "make_retention", "trim"]

_AT_ONCE = 100
"""Traces in one transaction: other writers wait for it, some tens of milliseconds."""

_SPARE = 0.05
"""How much smaller than its limit a store is made, so that it does not have to be done for every trace."""

_ABANDONED = timedelta(days=7)
"""A trace that began longer ago and is still in progress is not: its process has died."""

_SECONDS_BETWEEN_LOOKS = 60.0
_SHARE = 0.2
"""Of its time, what the writer spends on deleting."""

_RIGHT = "expected an age such as '30d', or {'days': 30, 'max_bytes': 2_000_000_000} with one of them or both"


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept.

    Attributes:
        max_age: Traces that began longer ago are deleted.
        max_bytes: The oldest traces are deleted until the store takes no more than about that.
    """

    max_age: timedelta | None = None
    max_bytes: int | None = None


def make_retention(given: str | Mapping[str, float]) -> Retention | None:
    """Return what `configure(retention=…)` means; `None` if everything is kept.

    Raises:
        SpanloomError: If it means nothing.
    """
    if isinstance(given, str):
        age = parse_age(given)
        if not age:
            raise SpanloomError(f"configure(retention={given!r}) would keep nothing; {_RIGHT}")
        return Retention(age)
    if not isinstance(given, Mapping) or not given.keys() <= {"days", "max_bytes"}:
        raise SpanloomError(f"configure(retention={given!r}): {_RIGHT}")
    for name, number in given.items():
        if not _is_positive(number):
            raise SpanloomError(f"configure(retention={{{name!r}: {number!r}}}): expected a positive number")
    days, size = given.get("days"), given.get("max_bytes")
    if days is None and size is None:
        return None
    return Retention(timedelta(days=days) if days is not None else None, int(size) if size is not None else None)


def _is_positive(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < math.inf


def trim(store: TraceStore, retention: Retention, now: datetime | None = None) -> int:
    """Delete some of the oldest traces that must go; return how many, 0 when nothing is left to do.

    Raises:
        StoreError: If the store can't be read or written.
    """
    now = now or datetime.now(UTC)
    gone = 0
    if retention.max_age is not None:
        expired = expired_traces(store, now - retention.max_age, now)
        gone = store.delete_traces([trace.info.trace_id for trace in expired]) if expired else 0
    if gone or retention.max_bytes is None:
        return gone
    size = store.size_bytes()
    if size <= retention.max_bytes:
        return 0
    oldest = expired_traces(store, None, now)
    # That share of them is never more than what has to go, however few traces there are.
    share = 1 - retention.max_bytes * (1 - _SPARE) / size
    ids = [trace.info.trace_id for trace in oldest[: math.ceil(len(oldest) * share)]]
    return store.delete_traces(ids) if ids else 0


def expired_traces(
    store: TraceStore, before: datetime | None, now: datetime, page_token: str | None = None, size: int = _AT_ONCE
) -> TraceList:
    """Return the oldest traces that began before a time and are not in progress, without their spans."""
    abandoned = (now - _ABANDONED).isoformat()
    return store.search_traces(
        TraceQuery(
            filter=f"status != 'IN_PROGRESS' OR start_time < '{abandoned}'",
            order_by="start_time ASC",
            max_results=size,
            page_token=page_token,
            include_spans=False,
            before_ms=int(before.timestamp() * 1000) if before is not None else None,
        )
    )


class RetentionKeeper:
    """Trims the store now and then, on the writer's thread: a batch, then a pause of several times its length."""

    def __init__(self) -> None:
        self._next = 0.0

    def pause(self) -> float | None:
        """Return the seconds until there is something to do, `None` for never."""
        return max(0.0, self._next - time.monotonic()) if settings.retention is not None else None

    def work(self, store: Callable[[], TraceStore]) -> None:
        """Delete a batch, if it is time."""
        retention = settings.retention
        begun = time.monotonic()
        if retention is None or begun < self._next:
            return
        self._next = begun + _SECONDS_BETWEEN_LOOKS
        try:
            gone = trim(store(), retention)
        except Exception:  # also in strict mode: the writer must live
            report_failure("retention")
            return
        if gone:
            now = time.monotonic()
            self._next = now + (now - begun) * (1 / _SHARE - 1)
