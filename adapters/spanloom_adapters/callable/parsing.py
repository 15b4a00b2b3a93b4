"""What a function gave, as standard items, events and messages."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from spanloom.agents.reading import read_events, read_whole, sync_or_async
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.callable.answer import AnswerWriter

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of anything that a function may return.

    Example:
        >>> to_responses_items({"role": "assistant", "content": "hi"})[0]["type"]
        'message'
    """
    output: list[dict[str, Any]] = read_whole(AnswerWriter, [native]).model_dump()["output"]
    return output


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return the same as a chat agent's answer."""
    return response_to_chat_agent(read_whole(AnswerWriter, [native]))


@sync_or_async
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a generator's values describe, from first to last.

    Args:
        native_stream: An iterable, or an asynchronous one, of anything that a function may yield; closed with these
            events.
        fields: Fields of the response body, `model` for example.
    """
    return read_events(AnswerWriter, native_stream, **fields)
