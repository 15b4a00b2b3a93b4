"""What LangChain gives, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_events, read_whole, sync_or_async
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.answer import Answer
from spanloom_adapters.langchain.message_items import MessageItems

__all__ = ["make_answer", "to_chat_agent", "to_responses_events", "to_responses_items"]


def make_answer(run: Run) -> Answer:
    """Return what reads the output of a chain; the tokens are those that its messages report."""
    return Answer(run, MessageItems(run, count_usage=True))


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return what a model or chain gave as output items.

    Args:
        native: Text, a message, a list of messages, documents, or any other output of a runnable.

    Example:
        >>> [item["type"] for item in to_responses_items(model.invoke("What is the weather in Paris?"))]
        ['message', 'function_call']
    """
    response = read_whole(make_answer, [native])
    return [item.model_dump(exclude_none=True) for item in response.output]


@sync_or_async
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a model or chain streams, from first to last.

    Args:
        native_stream: What `stream` or `astream` of the runnable returned; closed with these events.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> [event.delta for event in to_responses_events(model.stream("hi")) if event.type.endswith("text.delta")]
        ['Hello', ' there.']
    """
    return read_events(make_answer, native_stream, **fields)


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return what a model or chain gave, see `to_responses_items`, as the answer of a chat agent."""
    return response_to_chat_agent(read_whole(make_answer, [native]))
