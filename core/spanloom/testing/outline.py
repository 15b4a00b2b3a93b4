"""A trace as a few readable lines: what snapshot tests compare."""

from __future__ import annotations

from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["children_by_parent", "outline"]


def outline(trace: Trace) -> str:
    """Return the span tree, one line a span: type, name, status unless OK, and tokens where known.

    Siblings are in the order in which they began. Ids and times are left out, so that two runs compare equal.

    Example:
        >>> print(outline(trace))
        AGENT weather_agent
          CHAT_MODEL gpt-5 [12+5 tokens]
          TOOL get_weather
    """
    children = children_by_parent(trace)
    lines: list[str] = []

    def add(parent_id: str | None, depth: int) -> None:
        for span in children.get(parent_id, ()):
            lines.append("  " * depth + _line(span))
            add(span.span_id, depth + 1)

    add(None, 0)
    return "\n".join(lines)


def children_by_parent(trace: Trace) -> dict[str | None, list[ReadableSpan]]:
    """Return the spans below each span id, in the order in which they began; below `None`, those without a parent."""
    children: dict[str | None, list[ReadableSpan]] = {}
    known = {span.span_id for span in trace.data.spans}
    for span in trace.data.spans:
        children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    return children


def _line(span: ReadableSpan) -> str:
    line = f"{span.span_type} {span.name}"
    if span.status != SpanStatus.OK:
        line += f" ({span.status}: {span.status_message})" if span.status_message else f" ({span.status})"
    usage = span.token_usage
    if usage is not None:
        line += f" [{usage.input_tokens or 0}+{usage.output_tokens or 0} tokens]"
    return line
