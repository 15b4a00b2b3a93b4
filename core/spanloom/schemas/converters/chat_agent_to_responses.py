"""Requests, responses and chunks of `ChatAgent` to Responses requests, responses and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spanloom.schemas.chat_agent import ChatAgentChunk, ChatAgentMessage, ChatAgentRequest, ChatAgentResponse
from spanloom.schemas.construct import create_response
from spanloom.schemas.converters.chat_to_responses import chat_to_responses, incomplete_reason
from spanloom.schemas.converters.usage import chat_usage_to_responses
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = [
    "ChatAgentStreamConverter",
    "chat_agent_request_to_responses",
    "chat_agent_response_to_responses",
    "chat_agent_stream_to_responses",
]

Events = list[ResponsesAgentStreamEvent]
_ANSWERS = frozenset({"assistant", "tool"})


def chat_agent_request_to_responses(request: ChatAgentRequest) -> ResponsesAgentRequest:
    """Return a chat agent's request as a Responses request; fields of the caller's own are kept."""
    body = {
        **(request.model_extra or {}),
        "input": [item for message in request.messages for item in _items(message)],
        "context": request.context,
        "custom_inputs": request.custom_inputs,
        "stream": request.stream,
    }
    return ResponsesAgentRequest.model_validate(body)


def chat_agent_response_to_responses(response: ChatAgentResponse, **fields: Any) -> ResponsesAgentResponse:
    """Return a chat agent's answer as a complete response.

    Args:
        response: The answer.
        fields: Further fields of the response, `model` for example.
    """
    body = create_response(
        [item for message in response.messages if message.role in _ANSWERS for item in _items(message)],
        usage=chat_usage_to_responses(response.usage),
        custom_outputs=response.custom_outputs,
        **_ending(response.finish_reason),
        **fields,
    )
    return ResponsesAgentResponse.model_validate(body)


def chat_agent_stream_to_responses(
    chunks: Iterable[ChatAgentChunk], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a chat agent's chunks describe, from first to last."""
    converter = ChatAgentStreamConverter(**fields)
    yield from converter.start()
    for chunk in chunks:
        yield from converter.add(chunk)
    yield from converter.finish()


class ChatAgentStreamConverter:
    """The same one chunk at a time; chunks with the same id are one message."""

    __slots__ = ("_custom_outputs", "_finish_reason", "_message_id", "_stream", "_usage")

    def __init__(self, **fields: Any) -> None:
        self._stream = ResponseStreamBuilder(**fields)
        self._message_id: str | None = None
        self._custom_outputs: dict[str, Any] | None = None
        self._usage: dict[str, Any] | None = None
        self._finish_reason: str | None = None

    def start(self) -> Events:
        """Begin the response."""
        return self._stream.start()

    def add(self, chunk: ChatAgentChunk) -> Events:
        """Take in the next chunk."""
        self._usage = chat_usage_to_responses(chunk.usage) or self._usage
        self._finish_reason = chunk.finish_reason or self._finish_reason
        if chunk.custom_outputs:
            self._custom_outputs = {**(self._custom_outputs or {}), **chunk.custom_outputs}
        delta, events = chunk.delta, Events()
        if delta.id != self._message_id:
            events += self._stream.finish_item(self._message_id)
            self._message_id = delta.id
        if delta.role == "assistant" and delta.content:
            events += self._stream.text(delta.content, delta.id, delta.id)
        if delta.tool_calls or delta.role == "tool":
            # The content of an assistant message went out as text; its calls come whole.
            for item in _items(delta if delta.role == "tool" else delta.model_copy(update={"content": None})):
                events += self._stream.item(item)
        return events

    def finish(self) -> Events:
        """End the response."""
        ending = _ending(self._finish_reason)
        return self._stream.finish(
            ending.pop("status", "completed"),
            usage=self._usage,
            custom_outputs=self._custom_outputs,
            **ending,
        )


def _items(message: ChatAgentMessage) -> list[dict[str, Any]]:
    items = chat_to_responses([message])
    for item in items:
        if item["type"] != "function_call":
            item.update(_own_fields(message))
    return items


def _own_fields(message: ChatAgentMessage) -> dict[str, Any]:
    return message.model_dump(include={"id", "attachments"}, exclude_none=True)


def _ending(finish_reason: str | None) -> dict[str, Any]:
    reason = incomplete_reason([finish_reason])
    return {"status": "incomplete", "incomplete_details": {"reason": reason}} if reason else {}
