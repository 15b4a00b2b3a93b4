"""Functions, and whatever else can be called, as standard agents: synchronous or not, also generators.

What a function is given follows from its first parameter, by annotation and by name, or from the option `takes`:

- `text` (annotated `str`, or named `text`, `prompt`, `question`, `message`, …): the last user message's text,
- `messages` (a list, or named `messages` or `history`): the conversation as chat completion messages,
- `items` (named `items`, or a list named `input`): the conversation as Responses items,
- `request` (annotated `ResponsesAgentRequest`, or named `request`): the request itself.

Parameters named `context` and `custom_inputs` get these. What it returns or yields, one or several of: text, chat
messages, chat completions or their chunks, Responses items, responses or their events, all as dicts or models of any
library. Any other dict, model or dataclass is structured output.

Synchronous functions run in threads with the caller's context, which nothing can stop in the middle of a step:
one that yields is closed after its next value.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.callable.options import CallableOptions

if TYPE_CHECKING:
    from spanloom_adapters.callable.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = ["CallableAdapter", "adapter", "to_chat_agent", "to_responses_events", "to_responses_items"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    dict.fromkeys(("to_chat_agent", "to_responses_events", "to_responses_items"), "spanloom_adapters.callable.parsing"),
)


class CallableAdapter:
    """Calls a function."""

    name = "callable"
    targets = frozenset({"collections.abc.Callable"})
    options = CallableOptions

    def reentrant(self, agent: Callable[..., Any]) -> bool:  # noqa: ARG002 - what a function keeps is its own affair
        """Functions can be called several times at once."""
        return True

    def remembers(self, agent: Callable[..., Any]) -> bool:  # noqa: ARG002 - same
        """Nothing is kept."""
        return False

    def events(
        self, agent: Callable[..., Any], request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Call the function, yielding the events of what it returns or yields."""
        from spanloom_adapters.callable.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Do nothing: closing the stream stops the function as far as it can be stopped."""


adapter = CallableAdapter()
