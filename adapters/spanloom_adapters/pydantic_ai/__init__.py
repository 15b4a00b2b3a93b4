"""Pydantic AI's agents as standard agents.

The whole conversation reaches the agent as its message history, with the agent's own system prompts in front. Calls of
output tools are hidden: what they give is `custom_outputs["structured_response"]`, and JSON text. Tools that need an
approval, or whose result comes from outside, end the response `incomplete`; see
`spanloom_adapters.pydantic_ai.interrupts`.

For loops of your own, `to_responses_items`, `to_responses_events` and `to_chat_agent` read what Pydantic AI gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.options import PydanticAIOptions

if TYPE_CHECKING:
    from pydantic_ai.agent import AbstractAgent

    from spanloom_adapters.pydantic_ai.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = [
    "PydanticAIAdapter",
    "PydanticAIOptions",
    "adapter",
    "to_chat_agent",
    "to_responses_events",
    "to_responses_items",
]

_PARSING = "spanloom_adapters.pydantic_ai.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__, dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), _PARSING)
)


class PydanticAIAdapter:
    """Streams the run of an agent."""

    name = "pydantic_ai"
    targets = frozenset({"pydantic_ai.agent.abstract.AbstractAgent"})
    options = PydanticAIOptions

    def reentrant(self, agent: AbstractAgent[Any, Any]) -> bool:  # noqa: ARG002 - all are
        """Agents keep nothing of a run."""
        return True

    def remembers(self, agent: AbstractAgent[Any, Any]) -> bool:  # noqa: ARG002 - none does
        """Nothing is kept."""
        return False

    def events(
        self, agent: AbstractAgent[Any, Any], request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items."""
        from spanloom_adapters.pydantic_ai.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Do nothing: closing the stream cancels the run and waits for its end."""


adapter = PydanticAIAdapter()
