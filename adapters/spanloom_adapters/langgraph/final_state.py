"""What a graph gives at its end, for a function of the user's to read."""

from __future__ import annotations

from typing import Any

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langgraph.graph_shape import GraphShape
from spanloom_adapters.langgraph.interrupts import Pending

__all__ = ["FinalState"]


class FinalState:
    """Takes the parts of a graph's stream (modes `updates` and `values`), and keeps its last values."""

    def __init__(self, run: Run, shape: GraphShape, thread_id: str | None) -> None:
        self._run = run
        self._pending = Pending(run, shape.name, thread_id)
        self._values: Any = None

    def add(self, part: dict[str, Any]) -> list[ResponsesAgentStreamEvent]:
        """Take the next part; nothing is written before the end."""
        if part["type"] == "values" and not part["ns"]:
            self._values = part["data"]
        elif part["type"] == "updates" and isinstance(part["data"], dict) and "__interrupt__" in part["data"]:
            self._pending.add(part["data"]["__interrupt__"])
        return []

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        """Return what the user's function makes of the values, if the graph came to its end."""
        if self._pending.stopped or self._run.incomplete_reason is not None:
            return self._pending.finish()
        return self._run.output_events(self._values)
