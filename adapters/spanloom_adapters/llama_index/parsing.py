"""What LlamaIndex gives and streams, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from functools import partial
from typing import Any, overload

from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.chat_engine.types import StreamingAgentChatResponse
from workflows.handler import WorkflowHandler

from spanloom.agents.reading import read_events, read_whole
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.stream_reader import StreamReader, stream_parts, whole_parts

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return what LlamaIndex gave as output items.

    Args:
        native: The result of an agent or workflow, its events (a list of them), the answer of an engine or a model, or
            retrieved nodes.

    Example:
        >>> [item["type"] for item in to_responses_items(await agent.run(user_msg="What is the weather in Paris?"))]
        ['function_call', 'function_call_output', 'message']
    """
    return [item.model_dump(exclude_none=True) for item in _whole(native).output]


@overload
def to_responses_events(
    native_stream: AsyncIterable[Any] | WorkflowHandler | AsyncStreamingResponse, **fields: Any
) -> AsyncIterator[ResponsesAgentStreamEvent]: ...
@overload
def to_responses_events(
    native_stream: Iterable[Any] | StreamingResponse, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent]: ...
@overload
def to_responses_events(
    native_stream: StreamingAgentChatResponse, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]: ...
def to_responses_events(
    native_stream: Any, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that LlamaIndex streams, from first to last.

    Args:
        native_stream: What `run` of an agent or workflow returned, whose events are consumed; the events themselves;
            the streaming answer of an engine; or what a model's `stream_chat` or `astream_chat` gives. Asynchronous
            streams make asynchronous events.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> async for event in to_responses_events(agent.run(user_msg="hi")):
        ...     print(event.type)
    """
    return read_events(partial(StreamReader, native=native_stream), stream_parts(native_stream), **fields)


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return what LlamaIndex gave, see `to_responses_items`, as the answer of a chat agent."""
    return response_to_chat_agent(_whole(native))


def _whole(native: Any) -> ResponsesAgentResponse:
    return read_whole(partial(StreamReader, native=native), whole_parts(native))
