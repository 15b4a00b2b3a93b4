"""LangChain chat models and runnables as standard agents.

A chat model gets the request's messages. What other runnables get follows from their input schema, see
`spanloom_adapters.langchain.inputs`; what they give becomes text, tool calls or `custom_outputs`, see
`spanloom_adapters.langchain.runnable`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import NoOptions, Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

__all__ = ["LangChainAdapter", "adapter"]


class LangChainAdapter:
    """Streams a chat model or runnable."""

    name = "langchain"
    targets = frozenset(
        {"langchain_core.language_models.chat_models.BaseChatModel", "langchain_core.runnables.base.Runnable"}
    )
    options = NoOptions

    def reentrant(self, agent: Runnable[Any, Any]) -> bool:  # noqa: ARG002 - all are
        """Runnables keep nothing on themselves."""
        return True

    def remembers(self, agent: Runnable[Any, Any]) -> bool:  # noqa: ARG002 - none does
        """Nothing is kept."""
        return False

    def events(
        self, agent: Runnable[Any, Any], request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items."""
        from spanloom_adapters.langchain.runnable import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Do nothing: closing the stream stops the run at once."""


adapter = LangChainAdapter()
