"""Joining LangChain's callbacks, and leaving them exactly as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.tracing.context import register_parent_resolver
from spanloom.tracing.outcome import register_control_flow
from spanloom_autolog.langchain.runs import Runs

__all__ = ["join_callbacks", "runs"]

runs = Runs()
"""The open runs of this process."""


class _Injection:
    """What LangChain takes for a context variable: every callback manager asks it for a handler."""

    def __init__(self, handler: Any) -> None:
        self.handler: Any = handler

    def get(self) -> Any:
        return self.handler


def join_callbacks() -> Callable[[], None]:
    """Give every callback manager our handler. Returns the undo."""
    from langchain_core.tracers import context

    from spanloom_autolog.langchain.handler import TraceHandler

    handler = TraceHandler(runs)
    injection: Any = _Injection(handler)  # LangChain only ever calls `get`
    context.register_configure_hook(injection, inheritable=True)
    undo_resolver = register_parent_resolver(runs.current)
    undo_control_flow = register_control_flow("langgraph.errors.GraphBubbleUp")

    def undo() -> None:
        # Managers that exist keep the handler: it starts no more spans, and the open ones end here.
        injection.handler = None
        handler.active = False
        hooks = context._configure_hooks  # noqa: SLF001 - there is no public way out
        hooks[:] = [hook for hook in hooks if hook[0] is not injection]
        undo_resolver()
        undo_control_flow()
        runs.abandon_all()

    return undo
