"""What agents and teams returned, as standard items, events and messages: for loops of one's own.

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
from spanloom_adapters.autogen.agent_output import AgentOutput, Cast
from spanloom_adapters.autogen.ending import Ending

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of a `TaskResult`, a `Response`, or messages and events; what users said is left out.

    Example:
        >>> from autogen_agentchat.messages import TextMessage
        >>> to_responses_items([TextMessage(content="hi", source="greeter")])[0]["name"]
        'greeter'
    """
    output: list[dict[str, Any]] = read_whole(_Reader, _messages(native)).model_dump()["output"]
    return output


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return the same as a chat agent's answer."""
    return response_to_chat_agent(read_whole(_Reader, _messages(native)))


def to_responses_events(native: AsyncIterable[Any]) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that the stream of `run_stream` describes, from first to last."""
    return read_async_stream(_Reader, native)


def _messages(native: Any) -> Iterable[Any]:
    if isinstance(native, Response):
        return [*(native.inner_messages or ()), native.chat_message]
    if isinstance(native, TaskResult):
        return [*native.messages, native]
    messages: Iterable[Any] = native
    return messages


class _Reader:
    def __init__(self, run: Run) -> None:
        self._output = AgentOutput(run, Cast())
        self._ending = Ending(None, run)
        self.finish = self._output.finish

    def add(self, message: Any) -> Events:
        if isinstance(message, TaskResult):
            self._ending.finish(message)
            return []
        if isinstance(message, Response):
            message = message.chat_message
        self._ending.watch(message)
        return self._output.add(message)
