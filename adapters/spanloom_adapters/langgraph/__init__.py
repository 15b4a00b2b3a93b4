"""LangGraph graphs (LangChain's agents too) as standard agents.

A graph whose state has `messages` gets the request's messages; any other gets what
`spanloom_adapters.langchain.inputs` says. Whatever a model says on the way is written as it comes, except inside of
tools; LangGraph's own tag `nostream` hides a model's text also elsewhere.

With a checkpointer, requests that name the same `context.conversation_id` continue one thread. A run that an interrupt
stops ends `incomplete` with the reason `interrupt`; see `spanloom_adapters.langgraph.interrupts` for how it goes on.

Graphs always run asynchronously. Closing the stream stops them at once, except in the middle of a synchronous node or
tool, which runs in a thread of its own to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import NoOptions, Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

if TYPE_CHECKING:
    from langgraph.pregel.protocol import PregelProtocol

__all__ = ["LangGraphAdapter", "adapter"]


class LangGraphAdapter:
    """Streams a graph."""

    name = "langgraph"
    targets = frozenset({"langgraph.pregel.main.Pregel", "langgraph.pregel.protocol.PregelProtocol"})
    options = NoOptions

    def reentrant(self, agent: PregelProtocol[Any, Any, Any, Any]) -> bool:  # noqa: ARG002 - all are
        """Graphs keep nothing on themselves."""
        return True

    def remembers(self, agent: PregelProtocol[Any, Any, Any, Any]) -> bool:
        """Tell whether the graph has a checkpointer."""
        return getattr(agent, "checkpointer", None) not in (None, False)

    def events(
        self, agent: PregelProtocol[Any, Any, Any, Any], request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the graph on the request, yielding the events of its items."""
        from spanloom_adapters.langgraph.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Stop the model calls that closing the graph's stream did not."""
        if run.native is not None:
            run.native.cancel()


adapter = LangGraphAdapter()
