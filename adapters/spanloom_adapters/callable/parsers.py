"""What a function gave, as standard items, events and messages."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.callable.answer import AnswerWriter

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of anything that a function may return.

    Example:
        >>> to_responses_items({"role": "assistant", "content": "hi"})[0]["type"]
        'message'
    """
    output: list[dict[str, Any]] = list(_events([native]))[-1].response["output"]
    return output


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return the same as a chat agent's answer."""
    return response_to_chat_agent(ResponsesAgentResponse.model_validate(list(_events([native]))[-1].response))


def to_responses_events(native: Any) -> Any:
    """Return the events of the response that a generator's values describe, from first to last.

    Args:
        native: An iterable, or an asynchronous one, of anything that a function may yield.

    Returns:
        An iterator, or an asynchronous one.
    """
    return _aevents(native) if isinstance(native, AsyncIterable) else _events(native)


def _events(native: Iterable[Any]) -> Iterator[ResponsesAgentStreamEvent]:
    run, writer = _begin()
    yield from run.response.start()
    for value in native:
        yield from writer.add(value)
    yield from _finish(run, writer)


async def _aevents(native: AsyncIterable[Any]) -> AsyncIterator[ResponsesAgentStreamEvent]:
    run, writer = _begin()
    for event in run.response.start():
        yield event
    async for value in native:
        for event in writer.add(value):
            yield event
    for event in _finish(run, writer):
        yield event


def _begin() -> tuple[Run, AnswerWriter]:
    run = Run(ResponsesAgentRequest(input=""), ResponseStreamBuilder())
    return run, AnswerWriter(run)


def _finish(run: Run, writer: AnswerWriter) -> Events:
    return writer.finish() + run.finish()
