"""The normalized tree of a trace: the same for all frameworks."""

from __future__ import annotations

from collections.abc import Collection

from spanloom.testing.outline import children_by_parent
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["model_spans", "normalized"]

_MODELS = frozenset({"CHAT_MODEL", "LLM"})


def normalized(trace: Trace, intermediate: Collection[str]) -> str:
    """Return the span tree, one line a span, without those of an intermediate type: their children move up.

    Model spans are shown without a name, which is the framework's own; a status is shown unless it is OK.
    """
    children = children_by_parent(trace)
    lines: list[str] = []

    def add(parent_id: str | None, depth: int) -> None:
        for span in children.get(parent_id, ()):
            left_out = span.span_type in intermediate
            if not left_out:
                lines.append("  " * depth + _line(span))
            add(span.span_id, depth + (not left_out))

    add(None, 0)
    return "\n".join(lines)


def _line(span: ReadableSpan) -> str:
    named = span.span_type if span.span_type in _MODELS else f"{span.span_type} {span.name}"
    return named if span.status == SpanStatus.OK else f"{named} ({span.status})"


def model_spans(trace: Trace) -> list[ReadableSpan]:
    """Return the spans of model calls, in order."""
    return [span for span in trace.data.spans if span.span_type in _MODELS]
