"""Standard agents of one schema as those of another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.wrapped_agent import WrappedAgent, WrappedChatAgent
from spanloom.schemas.chat_agent import ChatAgentChunk, ChatAgentMessage, ChatAgentRequest
from spanloom.schemas.complete_stream import StreamCompleter
from spanloom.schemas.converters.chat_agent_to_responses import (
    ChatAgentStreamConverter,
    chat_agent_request_to_responses,
)
from spanloom.schemas.converters.chat_stream_to_responses import ChatStreamConverter
from spanloom.schemas.converters.responses_to_chat import to_chat_completions_input
from spanloom.schemas.converters.responses_to_chat_agent import ChatAgentChunker, request_to_chat_agent
from spanloom.schemas.responses import ChatContext, ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["as_chat_agent", "as_responses_agent"]

_PARAMETERS = {"temperature": "temperature", "top_p": "top_p", "max_output_tokens": "max_tokens"}


def as_responses_agent(agent: ResponsesAgent | ChatAgent | ChatModel) -> ResponsesAgent:
    """Return any standard agent as a `ResponsesAgent`."""
    if isinstance(agent, ResponsesAgent):
        return agent
    if isinstance(agent, WrappedChatAgent):
        return WrappedAgent(agent.runner)
    return _ChatAsResponses(agent) if isinstance(agent, ChatAgent) else _ModelAsResponses(agent)


def as_chat_agent(agent: ResponsesAgent | ChatAgent | ChatModel) -> ChatAgent:
    """Return any standard agent as a `ChatAgent`."""
    if isinstance(agent, ChatAgent):
        return agent
    if isinstance(agent, WrappedAgent):
        return WrappedChatAgent(agent.runner)
    return _ResponsesAsChat(as_responses_agent(agent))


class _View:
    def __init__(self, agent: Any) -> None:
        self.name = agent.name
        self._agent = agent


class _ChatAsResponses(_View, ResponsesAgent):
    """A `ChatAgent` that takes and gives what a `ResponsesAgent` does."""

    async def apredict_stream(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        converter = ChatAgentStreamConverter(model=request.model or self.name)
        for event in converter.start():
            yield event
        async with aclosing(self._agent.apredict_stream(request_to_chat_agent(request))) as chunks:
            async for chunk in chunks:
                for event in converter.add(chunk):
                    yield event
        for event in converter.finish():
            yield event


class _ModelAsResponses(_View, ResponsesAgent):
    """A `ChatModel` that takes and gives what a `ResponsesAgent` does."""

    async def apredict_stream(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        body = request.model_dump(exclude_none=True)
        messages = to_chat_completions_input(request.input_items(), request.instructions)
        parameters = {theirs: body[ours] for ours, theirs in _PARAMETERS.items() if ours in body}
        extras = {"custom_inputs": request.custom_inputs} if request.custom_inputs else {}
        converter = ChatStreamConverter(model=request.model or self.name)
        for event in converter.start():
            yield event
        async with aclosing(self._agent.apredict_stream({"messages": messages, **parameters, **extras})) as chunks:
            async for chunk in chunks:
                for event in converter.add(chunk):
                    yield event
        for event in converter.finish():
            yield event


class _ResponsesAsChat(_View, ChatAgent):
    """A `ResponsesAgent` that takes and gives what a `ChatAgent` does."""

    async def apredict_stream(
        self,
        messages: list[ChatAgentMessage],
        context: ChatContext | None = None,
        custom_inputs: dict[str, Any] | None = None,
    ) -> AsyncIterator[ChatAgentChunk]:
        given = ChatAgentRequest(messages=messages, context=context, custom_inputs=custom_inputs)
        completer, chunker = StreamCompleter(model=self.name), ChatAgentChunker()
        completer.start()
        async with aclosing(self._agent.apredict_stream(chat_agent_request_to_responses(given))) as events:
            async for event in events:
                for whole in completer.add(event):
                    for chunk in chunker.add(whole):
                        yield chunk
        for whole in completer.finish():
            for chunk in chunker.add(whole):
                yield chunk
