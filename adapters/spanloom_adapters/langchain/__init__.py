"""LangChain chat models and runnables as standard agents.

A chat model gets the request's messages. What other runnables get follows from their input schema, see
`spanloom_adapters.langchain.inputs`; what they give becomes text, tool calls or `custom_outputs`, see
`spanloom_adapters.langchain.answer`. How a request's `temperature` reaches the model, and other parameters, is in
`spanloom_adapters.langchain.parameters`.

For loops of your own, `to_responses_items`, `to_responses_events` and `to_chat_agent` read what LangChain gives, and
the output parsers end a chain that gives a standard schema:

```python
chain = prompt | model | ResponsesAgentOutputParser()
```
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.options import LangChainOptions

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from spanloom_adapters.langchain.output_parsers import (
        ChatAgentOutputParser,
        ChatCompletionOutputParser,
        ResponsesAgentOutputParser,
        StringResponseOutputParser,
    )
    from spanloom_adapters.langchain.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = [
    "ChatAgentOutputParser",
    "ChatCompletionOutputParser",
    "LangChainAdapter",
    "LangChainOptions",
    "ResponsesAgentOutputParser",
    "StringResponseOutputParser",
    "adapter",
    "to_chat_agent",
    "to_responses_events",
    "to_responses_items",
]

_PARSERS = "spanloom_adapters.langchain.output_parsers"
_PARSING = "spanloom_adapters.langchain.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "ChatAgentOutputParser": _PARSERS,
        "ChatCompletionOutputParser": _PARSERS,
        "ResponsesAgentOutputParser": _PARSERS,
        "StringResponseOutputParser": _PARSERS,
        "to_chat_agent": _PARSING,
        "to_responses_events": _PARSING,
        "to_responses_items": _PARSING,
    },
)


class LangChainAdapter:
    """Streams a chat model or runnable."""

    name = "langchain"
    targets = frozenset(
        {"langchain_core.language_models.chat_models.BaseChatModel", "langchain_core.runnables.base.Runnable"}
    )
    options = LangChainOptions

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
        from spanloom_adapters.langchain.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Do nothing: closing the stream stops the run at once."""


adapter = LangChainAdapter()
