"""A bare client of OpenAI, or of a provider that speaks its wire, as a standard agent: one model call a request.

The request goes to the API that the option `api` names, with all its fields (`temperature`, `tools`, `text`, …); the
model is always the wrapped one. Calls of functions are returned to the caller, who sends their outputs in the next
request. Closing the stream closes the HTTP response. A synchronous client runs in a thread; one that is stopped before
the provider answered at all stays there until it does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.options import OpenAIOptions

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from spanloom_adapters.openai.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = ["OpenAIAdapter", "adapter", "to_chat_agent", "to_responses_events", "to_responses_items"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), "spanloom_adapters.openai.parsing"),
)


class OpenAIAdapter:
    """Streams one answer of the Responses API, or of chat completions."""

    name = "openai"
    targets = frozenset({"openai.AsyncOpenAI", "openai.OpenAI"})
    options = OpenAIOptions

    def reentrant(self, agent: OpenAI | AsyncOpenAI) -> bool:  # noqa: ARG002 - both are
        """Clients keep nothing of a request."""
        return True

    def remembers(self, agent: OpenAI | AsyncOpenAI) -> bool:  # noqa: ARG002 - neither does
        """Nothing is kept."""
        return False

    def events(
        self, agent: OpenAI | AsyncOpenAI, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Ask the model, yielding the events of its items."""
        from spanloom_adapters.openai.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Do nothing: closing the stream closes the HTTP response."""


adapter = OpenAIAdapter()
