"""Reading what somebody else ran: into items, a response, or the events of one."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, closing, nullcontext
from typing import Any, Protocol, overload

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse, validate_response
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = [
    "MakeReader",
    "ReadEvents",
    "Reader",
    "read_async_stream",
    "read_events",
    "read_stream",
    "read_whole",
    "sync_or_async",
]

Events = list[ResponsesAgentStreamEvent]


class Reader(Protocol):
    """Takes what is native and returns the events to send."""

    def add(self, part: Any) -> Events:
        """Take the next part."""

    def finish(self) -> Events:
        """Finish what is open."""


MakeReader = Callable[[Run], Reader]


class ReadEvents(Protocol):
    """A function of people's own loops: native stream in, events out, both synchronous or both asynchronous."""

    @overload
    def __call__(
        self, native_stream: AsyncIterable[Any], **fields: Any
    ) -> AsyncIterator[ResponsesAgentStreamEvent]: ...
    @overload
    def __call__(self, native_stream: Iterable[Any], **fields: Any) -> Iterator[ResponsesAgentStreamEvent]: ...


def sync_or_async(function: Callable[..., Any]) -> ReadEvents:
    """Tell type checkers that a function gives asynchronous events for an asynchronous stream; it stays as it is."""
    return function


def read_whole(make_reader: MakeReader, parts: Iterable[Any], **fields: Any) -> ResponsesAgentResponse:
    """Return the response that the parts make.

    Args:
        make_reader: Makes what reads the parts.
        parts: What is native.
        fields: Fields of the response body, `model` for example.
    """
    events = list(read_stream(make_reader, parts, **fields))
    return validate_response(events[-1].response)


def read_events(
    make_reader: MakeReader, stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Return the events of the response that a stream describes; asynchronous ones of an asynchronous stream."""
    if isinstance(stream, AsyncIterable):
        return read_async_stream(make_reader, stream, **fields)
    return read_stream(make_reader, stream, **fields)


def read_stream(make_reader: MakeReader, stream: Iterable[Any], **fields: Any) -> Iterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response from first to last; when the stream fails, the last one says so."""
    reading = _Reading(make_reader, fields)
    with closing(stream) if hasattr(stream, "close") else nullcontext():  # type: ignore[type-var]
        yield from reading.start()
        try:
            for part in stream:
                yield from reading.add(part)
            yield from reading.finish()
        except Exception as error:
            yield from reading.fail(error)
            raise


async def read_async_stream(
    make_reader: MakeReader, stream: AsyncIterable[Any], **fields: Any
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the same of an asynchronous stream."""
    reading = _Reading(make_reader, fields)
    async with aclosing(stream) if hasattr(stream, "aclose") else nullcontext():  # type: ignore[type-var]
        for event in reading.start():
            yield event
        try:
            async for part in stream:
                for event in reading.add(part):
                    yield event
            for event in reading.finish():
                yield event
        except Exception as error:
            for event in reading.fail(error):
                yield event
            raise


class _Reading:
    def __init__(self, make_reader: MakeReader, fields: dict[str, Any]) -> None:
        run = Run(ResponsesAgentRequest(input=[]), ResponseStreamBuilder(**fields))
        reader = make_reader(run)
        self.start, self.add, self.fail = run.response.start, reader.add, run.fail
        self._ends = (reader.finish, run.finish)

    def finish(self) -> Events:
        return [event for end in self._ends for event in end()]
