"""Which span of ours a call stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.tracing.guard import guard

if TYPE_CHECKING:
    from spanloom.tracing.span import Span

__all__ = ["PLUGIN", "is_inside"]

PLUGIN = "autogen"


def is_inside(span_type: str, name: str | None = None) -> bool:
    """Whether the innermost of our spans here is of this type (and name): the call is then a step of it.

    Methods of one agent or client call each other, `run` → `on_messages` → `on_messages_stream`, and so do those of a
    class and its base.
    """
    from spanloom.tracing.context import current_span

    with guard("autogen: enclosing span"):
        span: Span | None = current_span()
        while span is not None and span.owner != PLUGIN:
            span = span.parent
        return span is not None and span.span_type == span_type and name in (None, span.name)
    return False
