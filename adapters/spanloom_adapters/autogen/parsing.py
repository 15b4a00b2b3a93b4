"""What agents and teams returned, as standard items, events and answers: for loops of one's own.

Every message has the name of its speaker.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

from autogen_agentchat.base import Response, TaskResult

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_async_stream, read_whole
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.autogen.endings import Ending
from spanloom_adapters.autogen.run_items import Cast, RunItems

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of a `TaskResult`, a `Response`, or messages and events; what users said is left out.

    Example:
        >>> from autogen_agentchat.messages import TextMessage
        >>> to_responses_items([TextMessage(content="hi", source="greeter")])[0]["name"]
        'greeter'
    """
    return [item.model_dump(exclude_none=True) for item in read_whole(_Reader, _messages(native)).output]


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return the same as the answer of a chat agent."""
    return response_to_chat_agent(read_whole(_Reader, _messages(native)))


def to_responses_events(native_stream: AsyncIterable[Any], **fields: Any) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a run streams, from first to last.

    Args:
        native_stream: What `run_stream(…)` returned; closed with these events.
        fields: Fields of the response body, `model` for example.
    """
    return read_async_stream(_Reader, native_stream, **fields)


def _messages(native: Any) -> Iterable[Any]:
    if isinstance(native, Response):
        return [*(native.inner_messages or ()), native.chat_message]
    if isinstance(native, TaskResult):
        return [*native.messages, native]
    messages: Iterable[Any] = native
    return messages


class _Reader:
    def __init__(self, run: Run) -> None:
        self._items = RunItems(run, Cast())
        self._ending = Ending(None, run)
        self.finish = self._items.finish

    def add(self, message: Any) -> Events:
        if isinstance(message, Response):
            message = message.chat_message
        self._ending.watch(message)
        return self._items.add(message)
