"""Finding the caller's span again where a workflow's runtime does not pass context variables on.

LlamaIndex hands the run of a workflow a dictionary that may go through a database; ours names the span. Where it is
open in this process, and nothing else is current, it is made current again.
"""

from __future__ import annotations

from typing import Any, Final

from spanloom.tracing.context import current
from spanloom.tracing.span import Span

__all__ = ["capture", "restore"]

_KEY: Final = "spanloom"
_MAX_WAITING: Final = 1_000
"""A runtime that never restores must not keep spans for ever."""

_waiting: dict[str, Span] = {}


def capture() -> dict[str, Any]:
    """Return what names the current span."""
    span = current.get()
    if span is None:
        return {}
    if len(_waiting) >= _MAX_WAITING:
        _waiting.pop(next(iter(_waiting)), None)
    _waiting[span.span_id] = span
    return {_KEY: {"trace_id": span.trace_id, "span_id": span.span_id}}


def restore(context: dict[str, Any]) -> None:
    """Make the span current that was captured."""
    named = context.get(_KEY)
    if not isinstance(named, dict):
        return
    span = _waiting.pop(named["span_id"], None)
    if span is not None and current.get() is None:
        current.set(span)
