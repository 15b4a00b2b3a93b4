"""What `spanloom.wrap` returns: a native agent behind either standard interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from spanloom.agents.background import iterate
from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.dressing import WritesEvents
from spanloom.agents.native_agent import NativeAgent
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.schemas.chat_agent import ChatAgentChunk, ChatAgentMessage, ChatAgentRequest
from spanloom.schemas.converters.chat_agent_to_responses import chat_agent_request_to_responses
from spanloom.schemas.converters.responses_to_chat_agent import ChatAgentChunker
from spanloom.schemas.responses import ChatContext, ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["WrappedAgent", "WrappedChatAgent"]


class _Wrapped(WritesEvents):
    """A native agent.

    Attributes:
        runner: What runs it.
    """

    def __init__(self, runner: NativeAgent) -> None:
        self.name = runner.name
        self.runner = runner

    @property
    def native(self) -> Any:
        """The agent that was wrapped; with a factory, a new one."""
        return self.runner.make()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} ({self.runner.adapter.name})>"


class WrappedAgent(_Wrapped, ResponsesAgent):
    """Any native agent as a `ResponsesAgent`."""

    async def apredict_stream(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the native agent. It always runs on the background loop, which its pooled clients are bound to."""
        stream = iterate(self.runner.run(request))
        try:
            async for event in stream:
                yield event
        finally:
            await stream.aclose()  # type: ignore[attr-defined] # both kinds are generators


class WrappedChatAgent(_Wrapped, ChatAgent):
    """Any native agent as a `ChatAgent`."""

    async def apredict_stream(
        self,
        messages: list[ChatAgentMessage],
        context: ChatContext | None = None,
        custom_inputs: dict[str, Any] | None = None,
    ) -> AsyncIterator[ChatAgentChunk]:
        """Run the native agent, likewise."""
        given = ChatAgentRequest(messages=messages, context=context, custom_inputs=custom_inputs)
        stream = iterate(self.runner.run(chat_agent_request_to_responses(given)))
        chunker = ChatAgentChunker()
        try:
            async for event in stream:
                for chunk in chunker.add(event):
                    yield chunk
        finally:
            await stream.aclose()  # type: ignore[attr-defined] # both kinds are generators
