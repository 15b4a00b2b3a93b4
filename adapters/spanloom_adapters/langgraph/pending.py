"""What a graph asks when it stops in the middle."""

from __future__ import annotations

from typing import Any

from langgraph.types import Interrupt

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.plain import plain_value
from spanloom_adapters.langgraph.interrupts import approval_items

__all__ = ["Pending"]


class Pending:
    """Collects a graph's interrupts.

    Attributes:
        stopped: Whether the graph was interrupted; a breakpoint asks nothing.
    """

    def __init__(self, run: Run, label: str, thread_id: str | None) -> None:
        self.stopped = False
        self._run = run
        self._label = label
        self._thread_id = thread_id
        self._interrupts: dict[str, Interrupt] = {}

    def add(self, interrupts: Any) -> None:
        """Take the interrupts of an update; a server writes them as dicts."""
        self.stopped = True
        for given in interrupts:
            interrupt = Interrupt(value=given["value"], id=given["id"]) if isinstance(given, dict) else given
            self._interrupts[interrupt.id] = interrupt

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        """Tell the run, and return the events of what waits for an approval."""
        if not self.stopped:
            return []
        run, interrupts = self._run, self._interrupts.values()
        run.incomplete_reason = "interrupt"
        run.custom_outputs["interrupts"] = [
            {"id": interrupt.id, "value": plain_value(interrupt.value)} for interrupt in interrupts
        ]
        # Without a checkpointer the graph has forgotten where it stopped.
        run.custom_outputs["resumable"] = self._thread_id is not None
        if self._thread_id is not None:
            run.custom_outputs["conversation_id"] = self._thread_id
        items = [item for interrupt in interrupts for item in approval_items(interrupt, self._label)]
        return [event for item in items for event in run.response.item(item)]
