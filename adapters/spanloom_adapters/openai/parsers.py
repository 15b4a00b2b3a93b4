"""What the client returned, as standard items, events and messages: for loops of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.chat_turn import ChatTurn
from spanloom_adapters.openai.native import whole_response
from spanloom_adapters.openai.response_turn import ResponseTurn, body_of

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of a `Response` or a `ChatCompletion`.

    Example:
        >>> to_responses_items({"choices": [{"message": {"role": "assistant", "content": "hi"}}]})[0]["type"]
        'message'
    """
    items: list[dict[str, Any]] = whole_response(native)["output"]
    return items


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return a `Response` or a `ChatCompletion` as a chat agent's answer."""
    return response_to_chat_agent(ResponsesAgentResponse.model_validate(whole_response(native)))


def to_responses_events(native: Any) -> Any:
    """Return the events of the response that a stream of either API describes, from first to last.

    Args:
        native: A `Stream` or an `AsyncStream` of response events or of chat completion chunks.

    Returns:
        An iterator, or an asynchronous one for an asynchronous stream.
    """
    return _aevents(native) if isinstance(native, AsyncIterable) else _events(native)


def _events(native: Iterable[Any]) -> Iterator[ResponsesAgentStreamEvent]:
    writer = _Writer()
    for event in native:
        yield from writer.add(event)
    yield from writer.finish()


async def _aevents(native: AsyncIterable[Any]) -> AsyncIterator[ResponsesAgentStreamEvent]:
    writer = _Writer()
    async for event in native:
        for written in writer.add(event):
            yield written
    for written in writer.finish():
        yield written


class _Writer:
    """Begins with the first event, whose kind tells which API it is."""

    def __init__(self) -> None:
        self._response: ResponseStreamBuilder | None = None
        self._turn: ResponseTurn | ChatTurn | None = None

    def add(self, event: Any) -> Events:
        events: Events = []
        if self._response is None or self._turn is None:
            body = body_of(event)
            events = self._begin(body.get("model") or (body.get("response") or {}).get("model"))
            assert self._response is not None
            self._turn = (ChatTurn if "choices" in body else ResponseTurn)(self._response)
        return events + self._turn.add(event)

    def finish(self) -> Events:
        turn = self._turn
        if self._response is None or turn is None:
            begun = self._begin(None)
            assert self._response is not None
            return begun + self._response.finish()
        events = turn.end_turn()
        if turn.error is not None:
            return events + self._response.finish("failed", error=turn.error, usage=turn.usage)
        if turn.incomplete_reason is not None:
            details = {"reason": turn.incomplete_reason}
            return events + self._response.finish("incomplete", incomplete_details=details, usage=turn.usage)
        return events + self._response.finish(usage=turn.usage)

    def _begin(self, model: str | None) -> Events:
        self._response = ResponseStreamBuilder(model=model)
        return self._response.start()
