"""What Pydantic AI gives, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelMessage,
    ModelResponse,
    OutputToolCallEvent,
    PartEndEvent,
    PartStartEvent,
)
from pydantic_ai.run import AgentRunResult, AgentRunResultEvent

from spanloom.agents.reading import read_events, read_whole, sync_or_async
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.run_items import RunItems

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

_RESULTS = frozenset({"tool-return", "retry-prompt"})


def to_responses_items(native: AgentRunResult[Any] | Sequence[ModelMessage]) -> list[dict[str, Any]]:
    """Return what an agent said and did in a run as output items.

    Args:
        native: The result of a run, or messages such as those of `result.new_messages()`.

    Example:
        >>> [item["type"] for item in to_responses_items(await agent.run("What is the weather in Paris?"))]
        ['function_call', 'function_call_output', 'message']
    """
    return [item.model_dump(exclude_none=True) for item in _response(native).output]


def to_chat_agent(native: AgentRunResult[Any] | Sequence[ModelMessage]) -> ChatAgentResponse:
    """Return the same as the answer of a chat agent."""
    return response_to_chat_agent(_response(native))


@sync_or_async
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a run streams, from first to last.

    Args:
        native_stream: The events of `agent.run_stream_events(…)`; closed with these events.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> async with agent.run_stream_events("hi") as native:
        ...     async for event in to_responses_events(native):
        ...         print(event.type)
    """
    return read_events(RunItems, native_stream, **fields)


def _response(native: AgentRunResult[Any] | Sequence[ModelMessage]) -> ResponsesAgentResponse:
    if not isinstance(native, AgentRunResult):
        return read_whole(RunItems, _events(native, None))
    # What Pydantic AI does not tell: which of the tools gave the output.
    output_tool = getattr(native, "_output_tool_name", None)
    return read_whole(RunItems, [*_events(native.new_messages(), output_tool), AgentRunResultEvent(native)])


def _events(messages: Iterable[ModelMessage], output_tool: str | None) -> Iterator[Any]:
    """Yield the events that a run streams which adds these messages."""
    for message in messages:
        if isinstance(message, ModelResponse):
            for index, part in enumerate(message.parts):
                yield PartStartEvent(index=index, part=part)
                yield PartEndEvent(index=index, part=part)
            for call in message.tool_calls:
                yield (OutputToolCallEvent if call.tool_name == output_tool else FunctionToolCallEvent)(call)
            continue
        results: list[Any] = [part for part in message.parts if part.part_kind in _RESULTS]
        for result in results:
            if result.tool_name not in {None, output_tool}:
                yield FunctionToolResultEvent(result)
