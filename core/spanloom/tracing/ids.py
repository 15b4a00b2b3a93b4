"""Trace and span ids, as W3C Trace Context writes them (lower-case hex)."""

from __future__ import annotations

import os
import time

__all__ = ["new_span_id", "new_trace_id", "own_trace_id"]

_MLFLOW_PREFIX = "tr-"


def new_trace_id() -> str:
    """Return 32 hex digits: 48 bits of Unix milliseconds, then 80 random bits.

    The time in front keeps the store's index append-only and ids sortable; samplers read the right-most 56 bits,
    which stay random.
    """
    try:
        digits = _for_traces.pop()
    except IndexError:
        digits = _draw(_for_traces, 20)
    return f"{time.time_ns() // 1_000_000:012x}{digits}"


def new_span_id() -> str:
    """Return 16 random hex digits."""
    try:
        return _for_spans.pop()
    except IndexError:
        return _draw(_for_spans, 16)


def own_trace_id(trace_id: str) -> str:
    """Return the id as stores have it; MLflow writes `tr-` before the 32 hex digits.

    Example:
        >>> own_trace_id("tr-1b6ca63224d4ffd93973b5a51a2fc54a")
        '1b6ca63224d4ffd93973b5a51a2fc54a'
    """
    theirs = str(trace_id).startswith(_MLFLOW_PREFIX) and len(trace_id) == len(_MLFLOW_PREFIX) + 32
    return trace_id.removeprefix(_MLFLOW_PREFIX) if theirs else trace_id


def _draw(drawn: list[str], length: int) -> str:
    """Draw hex digits ahead, and return the first."""
    # The system's generator: a user's `random.seed()` or a fork must never repeat an id.
    digits = os.urandom(length // 2 * _BATCH).hex()
    drawn.extend(digits[start : start + length] for start in range(length, len(digits), length))
    return digits[:length]


_BATCH = 128
_for_spans: list[str] = []
_for_traces: list[str] = []
"""Drawn ahead: asking the system for each one costs more than the rest of a span, and gives other threads the turn."""

os.register_at_fork(after_in_child=_for_spans.clear)
os.register_at_fork(after_in_child=_for_traces.clear)
