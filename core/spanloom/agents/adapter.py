"""What makes a native agent a standard agent: an adapter per framework, and the run it works on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol, TypeVar

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.usage import TokenUsage

__all__ = ["Adapter", "Run"]

AgentT_contra = TypeVar("AgentT_contra", contravariant=True)


class Run:
    """One request on its way through a native agent.

    Attributes:
        response: Writes the response: its methods (`text`, `function_call`, `item`, …) return the events to yield.
        conversation_id: Names the state this request may share with others; `None`: with none.
        native: For the adapter: whatever `cancel` needs to stop the native run.
        usage: The tokens of all model calls so far; `None` while nobody told.
        custom_outputs: The response's custom outputs.
        incomplete_reason: Set by the adapter when the run stopped before its end, e.g. to ask a person.
    """

    def __init__(self, request: ResponsesAgentRequest, response: ResponseStreamBuilder) -> None:
        self.response = response
        self.conversation_id = request.context.conversation_id if request.context is not None else None
        self.native: Any = None
        self.usage: TokenUsage | None = None
        self.custom_outputs: dict[str, Any] = {}
        self.incomplete_reason: str | None = None

    def add_usage(self, usage: TokenUsage) -> None:
        """Add the tokens of one model call."""
        self.usage = usage if self.usage is None else self.usage.plus(usage)


class Adapter(Protocol[AgentT_contra]):
    """Drives the native agents of one framework.

    Everything else (the four ways to call, ids, sequence numbers, first and terminal events, errors, tracing) is the
    same for all and not the adapter's business. Register it under the entry-point group `spanloom.adapters`.

    Attributes:
        name: The framework, as people call it; also the extra that installs it.
        targets: Classes it takes, as `"module.QualName"`; looked up in the object's class and its bases, so that no
            framework is imported to decide.
    """

    name: str
    targets: frozenset[str]

    def events(
        self, agent: AgentT_contra, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items (made by `run.response`) as they come.

        Exceptions of the agent pass; items still open at the end are closed by the caller.
        """

    async def cancel(self, run: Run) -> None:
        """Stop the native run at once; called before the `events` of an unfinished run are closed."""
