"""Interrupts of langgraph: a run that waits for a person has not failed."""

from __future__ import annotations

from typing import Any

from spanloom_autolog.langchain.runs import Run

__all__ = ["record_interrupt"]


def record_interrupt(run: Run, error: BaseException) -> None:
    """Add an `interrupt` event to the run, and to the root graph above, which itself ends normally."""
    if not any(kind.__name__ == "GraphInterrupt" for kind in type(error).__mro__):
        return
    event = {"interrupts": [_interrupt(item) for item in (error.args[0] if error.args else ())]}
    run.span.add_event("interrupt", event)
    if run.parent is not None and run.parent.parent is None:
        run.parent.span.add_event("interrupt", event)


def _interrupt(item: Any) -> Any:
    return {"id": getattr(item, "id", None), "value": getattr(item, "value", item)}
