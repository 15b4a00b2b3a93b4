"""Trace and span ids, as W3C Trace Context writes them (lower-case hex)."""

from __future__ import annotations

import os
import time

__all__ = ["new_span_id", "new_trace_id"]


def new_trace_id() -> str:
    """Return 32 hex digits: 48 bits of Unix milliseconds, then 80 random bits.

    The time in front keeps the store's index append-only and ids sortable; samplers read the right-most 56 bits,
    which stay random. `os.urandom` because a user's `random.seed()` or a fork must never repeat an id.
    """
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def new_span_id() -> str:
    """Return 16 random hex digits."""
    try:
        return _span_ids.pop()
    except IndexError:
        digits = os.urandom(8 * _BATCH).hex()
        _span_ids.extend(digits[start : start + 16] for start in range(16, len(digits), 16))
        return digits[:16]


_BATCH = 128
_span_ids: list[str] = []
"""Drawn ahead: asking the system for each one costs more than the rest of a span, and gives other threads the turn."""

os.register_at_fork(after_in_child=_span_ids.clear)
