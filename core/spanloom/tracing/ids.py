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
    return os.urandom(8).hex()
