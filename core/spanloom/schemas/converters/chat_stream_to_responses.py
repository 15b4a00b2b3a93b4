"""A streamed chat completion to Responses events."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from spanloom.schemas.converters.chat_content import annotation_of, content_text, reasoning_text
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.converters.usage import chat_usage_to_responses
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain

__all__ = [
    "ChatStreamConverter",
    "achat_stream_to_responses",
    "chat_stream_to_responses",
    "output_to_responses_items_stream",
]

Events = list[ResponsesAgentStreamEvent]
_SHORT_FORM = frozenset({"response.output_text.delta", "response.output_item.done"})


def chat_stream_to_responses(chunks: Iterable[Any], **fields: Any) -> Iterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that the chunks of a chat completion describe, from first to last.

    Args:
        chunks: The chunks, as dicts or models.
        fields: Fields of the response body, `model` for example.
    """
    converter = ChatStreamConverter(**fields)
    yield from converter.start()
    for chunk in chunks:
        yield from converter.add(chunk)
    yield from converter.finish()


async def achat_stream_to_responses(
    chunks: AsyncIterable[Any], **fields: Any
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """The same for an asynchronous stream."""
    converter = ChatStreamConverter(**fields)
    for event in converter.start():
        yield event
    async for chunk in chunks:
        for event in converter.add(chunk):
            yield event
    for event in converter.finish():
        yield event


def output_to_responses_items_stream(
    chunks: Iterable[Any], aggregator: list[dict[str, Any]] | None = None
) -> Iterator[ResponsesAgentStreamEvent]:
    """Yield the short form of the events for use inside an agent: text deltas, and each item when it is done.

    One agent run may go through several chat completions; the agent's own stream numbers the events.

    Args:
        chunks: The chunks, as dicts or models.
        aggregator: Finished items are appended to it.
    """
    for event in chat_stream_to_responses(chunks):
        if event.type not in _SHORT_FORM:
            continue
        if event.type == "response.output_item.done":
            if aggregator is not None:
                aggregator.append(event.item)
            yield ResponsesAgentStreamEvent(type=event.type, item=event.item)
        else:
            yield ResponsesAgentStreamEvent(type=event.type, item_id=event.item_id, delta=event.delta)


class ChatStreamConverter:
    """The same one chunk at a time; every method returns the events to send.

    Item ids are minted here, so they stay the same when the provider's chunk ids change.

    Args:
        stream: The response to write into, where the completion is only a part of it (then `end_turn` ends that part);
            a new one unless given.
        fields: Fields of the body of a new response.

    Attributes:
        usage: The tokens, as a response's usage; `None` while nothing is known.
    """

    __slots__ = ("_begun", "_calls", "_choices", "_finish_reasons", "_model", "_stream", "usage")

    def __init__(self, stream: ResponseStreamBuilder | None = None, **fields: Any) -> None:
        self._stream = stream or ResponseStreamBuilder(**fields)
        self._model = fields.get("model")
        self._calls: dict[tuple[int, int], _Call] = {}
        self._begun: list[_Call] = []
        self._choices: dict[int, tuple[object, object]] = {}
        self.usage: dict[str, Any] | None = None
        self._finish_reasons: set[str] = set()

    @property
    def finished(self) -> bool:
        """Whether the model told why it stopped; only the usage may still come."""
        return bool(self._finish_reasons)

    @property
    def incomplete_reason(self) -> str | None:
        """Why the completion was cut short; `None` if it was not."""
        return incomplete_reason(self._finish_reasons)

    def start(self) -> Events:
        """Begin the response."""
        return self._stream.start()

    def add(self, chunk: Any) -> Events:
        """Take in the next chunk."""
        body = plain(chunk)
        self._model = self._model or body.get("model")
        if body.get("usage"):
            self.usage = chat_usage_to_responses(body["usage"])
        events: Events = []
        for choice in body.get("choices") or ():
            if choice.get("finish_reason"):
                self._finish_reasons.add(choice["finish_reason"])
            events += self._add_delta(choice.get("index") or 0, choice.get("delta") or {})
        return events

    def end_turn(self) -> Events:
        """Finish the items that are open, and leave the response open."""
        status = "incomplete" if self.incomplete_reason else "completed"
        keys = [key for pair in self._choices.values() for key in pair]
        return [event for key in (*keys, *self._begun) for event in self._stream.finish_item(key, status)]

    def finish(self) -> Events:
        """End the response: incomplete when the model was cut short, otherwise completed."""
        incomplete = self.incomplete_reason
        return self._stream.finish(
            "incomplete" if incomplete else "completed",
            model=self._model,
            usage=self.usage,
            incomplete_details={"reason": incomplete} if incomplete else None,
        )

    def _add_delta(self, choice: int, delta: Mapping[str, Any]) -> Events:
        stream, events = self._stream, list[ResponsesAgentStreamEvent]()
        thought, message = self._choices.get(choice) or self._choices.setdefault(choice, (object(), object()))
        reasoning, text = reasoning_text(delta), content_text(delta.get("content"))
        if reasoning:
            events += stream.reasoning(reasoning, thought)
        if text or delta.get("refusal") or delta.get("tool_calls"):
            events += stream.finish_item(thought)
        if text:
            events += stream.text(text, message)
        for annotation in delta.get("annotations") or ():
            events += stream.annotation(annotation_of(annotation), message)
        if delta.get("refusal"):
            events += stream.refusal(delta["refusal"], message)
        for call in delta.get("tool_calls") or ():
            events += self._add_call(choice, call)
        return events

    def _add_call(self, choice: int, delta: Mapping[str, Any]) -> Events:
        function = delta.get("function") or {}
        place = (choice, self._index(choice, delta))
        call = self._calls.get(place)
        call_id = delta.get("id")
        if call is None or (call_id and call.call_id and call_id != call.call_id):
            # Some providers give every parallel call the index 0; another id is another call.
            call = self._calls[place] = _Call()
        call.call_id = call.call_id or call_id
        if not call.begun:
            call.name = call.name or function.get("name")
            call.waiting += function.get("arguments") or ""
            if not call.name:
                return []
            call.begun = True
            self._begun.append(call)
            call.call_id = call.call_id or f"call_{uuid.uuid4().hex}"
            return self._stream.function_call(call, call.call_id, call.name, call.waiting)
        arguments = function.get("arguments")
        return self._stream.function_call_arguments(call, arguments) if arguments else []

    def _index(self, choice: int, delta: Mapping[str, Any]) -> int:
        index = delta.get("index")
        if index is not None:
            return int(index)
        # Without an index a new id begins a new call, and everything else belongs to the last one.
        known = [place[1] for place in self._calls if place[0] == choice]
        last = max(known, default=-1)
        return last + 1 if delta.get("id") or last < 0 else last


class _Call:
    __slots__ = ("begun", "call_id", "name", "waiting")

    def __init__(self) -> None:
        self.begun = False
        self.call_id: str | None = None
        self.name: str | None = None
        self.waiting = ""
