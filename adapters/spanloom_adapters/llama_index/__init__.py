"""LlamaIndex's agents, workflows, chat engines, query engines and retrievers as standard agents.

Agents and workflows are run on the whole conversation; see `spanloom_adapters.llama_index.inputs`. A run that
asks a person (`InputRequiredEvent`) ends `incomplete`; see `spanloom_adapters.llama_index.interrupts` for how it goes
on. Chat engines get the conversation, too; their own memory is emptied before each request. Query engines and
retrievers get the last user message alone. What was retrieved is cited by the text, and listed in
`custom_outputs["source_nodes"]`.

For loops of your own, `to_responses_items`, `to_responses_events` and `to_chat_agent` read what LlamaIndex gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.options import LlamaIndexOptions

if TYPE_CHECKING:
    from spanloom_adapters.llama_index.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = [
    "LlamaIndexAdapter",
    "LlamaIndexOptions",
    "adapter",
    "to_chat_agent",
    "to_responses_events",
    "to_responses_items",
]

_PARSING = "spanloom_adapters.llama_index.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__, dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), _PARSING)
)

_KINDS = {
    "llama_index.core.agent.workflow.base_agent.BaseWorkflowAgent": "workflow",
    "llama_index.core.agent.workflow.multi_agent_workflow.AgentWorkflow": "workflow",
    "workflows.workflow.Workflow": "workflow",
    "llama_index.core.chat_engine.types.BaseChatEngine": "chat engine",
    "llama_index.core.base.base_query_engine.BaseQueryEngine": "query engine",
    "llama_index.core.base.base_retriever.BaseRetriever": "retriever",
    "llama_index.core.indices.base.BaseIndex": "index",
}


class LlamaIndexAdapter:
    """Streams agents and workflows; asks engines and retrievers."""

    name = "llama_index"
    targets = frozenset(_KINDS)
    options = LlamaIndexOptions

    def reentrant(self, agent: Any) -> bool:
        """Tell whether it is no chat engine: these keep the conversation on themselves."""
        return _kind(agent) != "chat engine"

    def remembers(self, agent: Any) -> bool:  # noqa: ARG002 - none does
        """Nothing is kept from one request to the next."""
        return False

    def events(self, agent: Any, request: ResponsesAgentRequest, run: Run) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run what it is on the request, yielding the events of its items."""
        if _kind(agent) == "workflow":
            from spanloom_adapters.llama_index.stream import workflow_events

            return workflow_events(agent, request, run)
        from spanloom_adapters.llama_index.engines import engine_events

        return engine_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Stop a workflow; everything else stops with its stream."""
        if run.native is not None:
            await run.native.cancel_run()


def _kind(agent: Any) -> str:
    """Return what the object is, by the nearest of its bases that is known.

    Raises:
        AgentError: If it is an index, of which several kinds of agents can be made.
    """
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(agent).__mro__)
    kind = next(_KINDS[name] for name in names if name in _KINDS)
    if kind == "index":
        raise AgentError(
            f"{type(agent).__name__} is an index, no agent: choose what it should do with wrap(index.as_chat_engine()),"
            " wrap(index.as_query_engine()) or wrap(index.as_retriever())"
        )
    return kind


adapter = LlamaIndexAdapter()
