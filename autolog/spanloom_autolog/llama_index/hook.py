"""Joining LlamaIndex's root dispatcher, and leaving it exactly as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.tracing.outcome import register_control_flow
from spanloom_autolog.llama_index.runs import Runs

__all__ = ["join_events", "join_spans", "runs"]

runs = Runs()
"""The open runs of this process."""


def join_spans() -> Callable[[], None]:
    """Be told of every call that begins and returns. Returns the undo."""
    from llama_index_instrumentation import get_dispatcher

    from spanloom_autolog.llama_index.spans import SpanHandler

    root = get_dispatcher()
    handler = SpanHandler()
    root.add_span_handler(handler)
    # A step that waits for an event is left by an exception, and run again when the event is there.
    undo_control_flow = register_control_flow("workflows.runtime.types.results.WaitingForEvent")

    def undo() -> None:
        handler.active = False
        _remove(root.span_handlers, handler)
        undo_control_flow()
        runs.abandon_all()

    return undo


def join_events() -> Callable[[], None]:
    """Be told what streams do. Returns the undo."""
    from llama_index_instrumentation import get_dispatcher

    from spanloom_autolog.llama_index.events import EventHandler

    root = get_dispatcher()
    handler = EventHandler()
    root.add_event_handler(handler)

    def undo() -> None:
        handler.active = False
        _remove(root.event_handlers, handler)

    return undo


def _remove(handlers: list[Any], handler: Any) -> None:
    # By identity: handlers are pydantic models, and compare equal by their fields.
    handlers[:] = [other for other in handlers if other is not handler]
