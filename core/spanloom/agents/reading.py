"""Reading what somebody else ran: into items, a response, or the events of one."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, closing, nullcontext
from typing import Any, Protocol

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse, validate_response
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.outcome import exception_message

__all__ = ["MakeReader", "Reader", "read_async_stream", "read_stream", "read_whole"]

Events = list[ResponsesAgentStreamEvent]


class Reader(Protocol):
    """Takes what is native and returns the events to send."""

    def add(self, part: Any) -> Events:
        """Take the next part."""

    def finish(self) -> Events:
        """Finish what is open."""


MakeReader = Callable[[Run], Reader]


def read_whole(make_reader: MakeReader, parts: Iterable[Any], **fields: Any) -> ResponsesAgentResponse:
    """Return the response that the parts make.

    Args:
        make_reader: Makes what reads the parts.
        parts: What is native.
        fields: Fields of the response body, `model` for example.
    """
    events = list(read_stream(make_reader, parts, **fields))
    return validate_response(events[-1].response)


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
        self._run = Run(ResponsesAgentRequest(input=[]), ResponseStreamBuilder(**fields))
        self._reader = make_reader(self._run)
        self.start = self._run.response.start
        self.add = self._reader.add

    def finish(self) -> Events:
        return self._reader.finish() + self._run.finish()

    def fail(self, error: Exception) -> Events:
        message = f"{type(error).__name__}: {exception_message(error)}"
        return self._run.response.finish("failed", error={"code": "server_error", "message": message})
