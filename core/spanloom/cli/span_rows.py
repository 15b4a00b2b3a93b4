"""The spans of a trace in the order of a tree, each with its place in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spanloom.tracing.traces import ReadableSpan, Trace

__all__ = ["SpanRow", "span_rows"]


_DEEPEST = 24
"""Levels that are told apart; what lies deeper keeps this depth, or its guides would push the names off the screen."""


class SpanRow(NamedTuple):
    """A span in its place.

    Attributes:
        span: The span.
        last: For each span above it but the root, and for itself, whether it is its parent's last child.
        is_leaf: Whether nothing happened below it.
    """

    span: ReadableSpan
    last: tuple[bool, ...]
    is_leaf: bool


def span_rows(trace: Trace) -> Iterator[SpanRow]:
    """Yield parents before children, siblings in the order in which they began.

    A span whose parent is not stored (still open, or lost) stands at the top. Not recursive: agents nest deeply.
    """
    known = {span.span_id for span in trace.data.spans}
    children: dict[str | None, list[ReadableSpan]] = {}
    for span in trace.data.spans:
        children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    waiting: list[tuple[ReadableSpan, tuple[bool, ...]]] = [(span, ()) for span in reversed(children.get(None, []))]
    while waiting:
        span, last = waiting.pop()
        below = children.pop(span.span_id, [])
        yield SpanRow(span, last, is_leaf=not below)
        waiting += reversed([(child, (*last, child is below[-1])[-_DEEPEST:]) for child in below])
