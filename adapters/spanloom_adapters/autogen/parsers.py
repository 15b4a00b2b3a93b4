"""What agents and teams returned, as standard items, events and messages: for loops of one's own.

Every message has the name of its speaker.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

from autogen_agentchat.base import Response, TaskResult

from spanloom.agents.adapter import Run
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.reduce import reduce_stream
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
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
    return reduce_stream(_finished(native)).model_dump()["output"]  # type: ignore[no-any-return]


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return the same as a chat agent's answer."""
    return response_to_chat_agent(reduce_stream(_finished(native)))


async def to_responses_events(native: AsyncIterable[Any]) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that the stream of `run_stream` describes, from first to last."""
    writer = _Writer()
    for event in writer.start():
        yield event
    async for message in native:
        for event in writer.add(message):
            yield event
    for event in writer.finish():
        yield event


def _finished(native: Any) -> Events:
    messages: Iterable[Any]
    if isinstance(native, Response):
        messages = [*(native.inner_messages or ()), native.chat_message]
    elif isinstance(native, TaskResult):
        messages = [*native.messages, native]
    else:
        messages = native
    writer = _Writer()
    return [*writer.start(), *(event for message in messages for event in writer.add(message)), *writer.finish()]


class _Writer:
    def __init__(self) -> None:
        self._run = Run(ResponsesAgentRequest(input=""), ResponseStreamBuilder())
        self._output = AgentOutput(self._run, Cast())
        self._ending = Ending(None, self._run)
        self.start = self._run.response.start

    def add(self, message: Any) -> Events:
        if isinstance(message, TaskResult):
            self._ending.finish(message)
            return []
        if isinstance(message, Response):
            message = message.chat_message
        self._ending.watch(message)
        return self._output.add(message)

    def finish(self) -> Events:
        return self._output.finish() + self._run.finish()
