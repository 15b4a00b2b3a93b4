"""LangGraph graphs (LangChain's agents too) as standard agents.

What a graph is run on is in `spanloom_adapters.langgraph.inputs`. Whatever a model says on the way is written as it
comes, except inside of tools; LangGraph's own tag `nostream` hides a model's text also elsewhere. Where several agents
speak, messages have the `name` of their speaker. What a graph without `messages` in its state, or an `@entrypoint`
function, gives at the end is read as `spanloom_adapters.langchain.answer` says.

With a checkpointer, or on a server (`RemoteGraph`), requests that name the same `context.conversation_id` continue one
thread. A run that an interrupt stops ends `incomplete` with the reason `interrupt`; see
`spanloom_adapters.langgraph.interrupts` for how it goes on.

Graphs always run asynchronously. Closing the stream stops them at once, except in the middle of a synchronous node or
tool, which runs in a thread of its own to its end.

For loops of your own, `to_responses_items`, `to_responses_events` and `to_chat_agent` read what graphs give and stream;
`ChatAgentState` and `ChatAgentToolNode` are for graphs whose messages are those of a `ChatAgent`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langgraph.options import LangGraphOptions

if TYPE_CHECKING:
    from langgraph.pregel.protocol import PregelProtocol

    from spanloom_adapters.langgraph.chat_agent_state import ChatAgentState
    from spanloom_adapters.langgraph.chat_agent_tool_node import ChatAgentToolNode
    from spanloom_adapters.langgraph.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = [
    "ChatAgentState",
    "ChatAgentToolNode",
    "LangGraphAdapter",
    "LangGraphOptions",
    "adapter",
    "to_chat_agent",
    "to_responses_events",
    "to_responses_items",
]

_PARSING = "spanloom_adapters.langgraph.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "ChatAgentState": "spanloom_adapters.langgraph.chat_agent_state",
        "ChatAgentToolNode": "spanloom_adapters.langgraph.chat_agent_tool_node",
        "to_chat_agent": _PARSING,
        "to_responses_events": _PARSING,
        "to_responses_items": _PARSING,
    },
)


class LangGraphAdapter:
    """Streams a graph."""

    name = "langgraph"
    targets = frozenset({"langgraph.pregel.main.Pregel", "langgraph.pregel.protocol.PregelProtocol"})
    options = LangGraphOptions

    def reentrant(self, agent: PregelProtocol[Any, Any, Any, Any]) -> bool:  # noqa: ARG002 - all are
        """Graphs keep nothing on themselves."""
        return True

    def remembers(self, agent: PregelProtocol[Any, Any, Any, Any]) -> bool:
        """Tell whether the graph has a checkpointer, or a server that keeps its threads."""
        from spanloom_adapters.langgraph.conversation import keeps_threads

        return keeps_threads(agent)

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
