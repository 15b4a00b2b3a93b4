"""Agents of the OpenAI Agents SDK (package `openai-agents`, import name `agents`) as standard agents.

The run starts with the wrapped agent and the whole conversation; sessions of the SDK are not used. Messages have the
name of the agent that speaks where it can hand off to others. `temperature`, `max_output_tokens`, `tool_choice` and
the like in a request go before the agent's own model settings.

A call that needs approval ends the run `incomplete`, with the reason `interrupt`; see
`spanloom_adapters.openai_agents.approvals` for how it goes on. A run that used up its turns is `incomplete` with the
reason `max_turns`. With the Responses API an answer that was cut off is `incomplete`; of a chat completion the SDK
tells that only where not a single word came, so any other one is `completed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.options import OpenAIAgentsOptions

if TYPE_CHECKING:
    from agents import Agent

    from spanloom_adapters.openai_agents.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = [
    "OpenAIAgentsAdapter",
    "OpenAIAgentsOptions",
    "adapter",
    "to_chat_agent",
    "to_responses_events",
    "to_responses_items",
]

_PARSING = "spanloom_adapters.openai_agents.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__, dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), _PARSING)
)

_STOP_SECONDS = 1.0
"""How long a cancelled run may take to clean up."""


class OpenAIAgentsAdapter:
    """Streams an agent's run."""

    name = "openai_agents"
    targets = frozenset({"agents.agent.Agent"})
    options = OpenAIAgentsOptions

    def reentrant(self, agent: Agent[Any]) -> bool:  # noqa: ARG002 - all are
        """Agents keep nothing of a run."""
        return True

    def remembers(self, agent: Agent[Any]) -> bool:  # noqa: ARG002 - none does
        """Nothing is kept."""
        return False

    def events(
        self, agent: Agent[Any], request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, yielding the events of its items."""
        from spanloom_adapters.openai_agents.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Stop the run, which goes on in a task of its own otherwise."""
        result = run.native
        if result is None:
            return
        if not result.is_complete:
            # Only once: a second cancellation would meet the model's client while it closes its connection.
            result.cancel()
        if result.run_loop_task is not None:
            await asyncio.wait([result.run_loop_task], timeout=_STOP_SECONDS)


adapter = OpenAIAgentsAdapter()
