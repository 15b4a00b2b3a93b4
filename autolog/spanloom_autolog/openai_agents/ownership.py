"""Which span of this plugin the code that runs here belongs to."""

from __future__ import annotations

from typing import Final

from spanloom.tracing.context import current_span
from spanloom.tracing.span import Span

__all__ = ["OWNER", "current_own_span"]

OWNER: Final = "openai_agents"


def current_own_span(span_type: str) -> Span | None:
    """Return the current span, if it is one of ours and of this type."""
    span = current_span()
    return span if span is not None and span.owner == OWNER and span.span_type == span_type else None
