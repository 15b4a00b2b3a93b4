"""The one stream proxy: exactly one end per span, however the stream ends, and nothing held across a yield."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from typing import Any, Protocol

from spanloom.tracing import attributes
from spanloom.tracing.context import current
from spanloom.tracing.guard import guard, report_failure, strict
from spanloom.tracing.settings import settings
from spanloom.tracing.span import Span

__all__ = ["CollectChunks", "StreamFold", "TracedAsyncIterator", "TracedIterator"]


class StreamFold(Protocol):
    """Makes one result out of the chunks of a stream, for the span."""

    def add(self, chunk: Any) -> None:
        """Take the next chunk, just before the consumer gets it."""

    def finish(self, span: Span) -> None:
        """Put what was gathered on the span; called once, just before it ends."""


class CollectChunks:
    """Keeps the chunks, up to `max_stream_chunks`, as the span's outputs; or what `reducer` makes of them."""

    __slots__ = ("_chunks", "_dropped", "_reducer")

    def __init__(self, reducer: Callable[[list[Any]], Any] | None = None) -> None:
        self._chunks: list[Any] = []
        self._dropped = 0
        self._reducer = reducer

    def add(self, chunk: Any) -> None:
        """Keep the chunk."""
        if len(self._chunks) < settings.max_stream_chunks:
            self._chunks.append(chunk)
        else:
            self._dropped += 1

    def finish(self, span: Span) -> None:
        """Set the outputs, unless the traced code did."""
        if self._dropped:
            span.set_attribute(attributes.STREAM_CHUNKS_DROPPED, self._dropped)
        if not span.has_outputs:
            span.set_outputs(self._reducer(self._chunks) if self._reducer is not None else self._chunks)


class _StreamSpan:
    """The span of a stream: fed chunk by chunk, ended once."""

    __slots__ = ("__weakref__", "_fold", "_inside", "_iterator", "_seen", "_span")

    _iterator: Any

    def __init__(self, iterator: Any, span: Span, fold: StreamFold) -> None:
        self._iterator = iterator
        self._span = span
        self._fold = fold
        self._inside: Span | None = span  # current within the stream: a span it opened may stay open across a yield
        self._seen = False

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        # The consumer may ask isinstance(stream, Generator): it gets the answer of the stream it wrapped.
        return type(self._iterator)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._iterator.__reduce_ex__(protocol)

    def _observe(self, chunk: Any) -> None:
        if self._span.end_time_ns is not None:
            return
        if not self._seen:
            self._seen = True
            elapsed = time.time_ns() - self._span.start_time_ns
            with guard("stream first chunk"):
                self._span.set_attribute(attributes.TIME_TO_FIRST_CHUNK_MS, round(elapsed / 1e6, 3))
        try:  # a guard, without an object for each chunk
            self._fold.add(chunk)
        except Exception:
            report_failure("stream chunk")
            if strict():
                raise

    def end_span(self, how: str | None = None, error: BaseException | None = None) -> None:
        """End the span with what was seen so far; later calls do nothing.

        Args:
            how: Why the stream ended, if it was not exhausted.
            error: The exception that ended it.
        """
        span = self._span
        if span.end_time_ns is not None:
            return
        with guard("stream outputs"):
            self._fold.finish(span)
        if how is not None:
            with guard("stream end"):
                span.set_attribute(attributes.STREAM_END, how)
        if error is not None:
            span.record_exception(error)
        span.end()

    def __del__(self) -> None:
        with guard("abandoned stream"):
            self.end_span("abandoned")


class TracedIterator(_StreamSpan):
    """An iterator or generator whose span is current in every step and ends with it.

    The span is set and restored within each step, never across a `yield`, so the consumer's context stays its own.
    """

    __slots__ = ()

    _iterator: Generator[Any, Any, Any]

    def __init__(self, iterator: Iterator[Any], span: Span, fold: StreamFold) -> None:
        super().__init__(iterator, span, fold)

    def __iter__(self) -> TracedIterator:
        return self

    def __next__(self) -> Any:
        return self._step(self._iterator.__next__)

    def send(self, value: Any) -> Any:
        """Resume the generator with a value."""
        return self._step(self._iterator.send, value)

    def throw(self, *error: Any) -> Any:
        """Raise an exception inside the generator."""
        return self._step(self._iterator.throw, *error)

    def _step(self, step: Callable[..., Any], *arguments: Any) -> Any:
        previous = current.get()
        current.set(self._inside)
        try:
            chunk = step(*arguments)
        except StopIteration:
            self.end_span()
            raise
        except BaseException as error:
            self.end_span(error=error)
            raise
        finally:
            self._inside = current.get()
            current.set(previous)
        self._observe(chunk)
        return chunk

    def close(self) -> None:
        """Close the stream and end the span."""
        previous = current.get()
        current.set(self._inside)
        try:
            close = getattr(self._iterator, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            self.end_span(error=error)
            raise
        finally:
            current.set(previous)
        self.end_span("closed")


class TracedAsyncIterator(_StreamSpan):
    """The same for an asynchronous iterator or generator."""

    __slots__ = ()

    _iterator: AsyncGenerator[Any, Any]

    def __init__(self, iterator: AsyncIterator[Any], span: Span, fold: StreamFold) -> None:
        super().__init__(iterator, span, fold)

    def __aiter__(self) -> TracedAsyncIterator:
        return self

    async def __anext__(self) -> Any:
        return await self._step(self._iterator.__anext__)

    async def asend(self, value: Any) -> Any:
        """Resume the generator with a value."""
        return await self._step(self._iterator.asend, value)

    async def athrow(self, *error: Any) -> Any:
        """Raise an exception inside the generator."""
        return await self._step(self._iterator.athrow, *error)

    async def _step(self, step: Callable[..., Any], *arguments: Any) -> Any:
        previous = current.get()
        current.set(self._inside)
        try:
            chunk = await step(*arguments)
        except StopAsyncIteration:
            self.end_span()
            raise
        except BaseException as error:
            self.end_span(error=error)
            raise
        finally:
            self._inside = current.get()
            current.set(previous)
        self._observe(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the stream and end the span."""
        previous = current.get()
        current.set(self._inside)
        try:
            close = getattr(self._iterator, "aclose", None)
            if close is not None:
                await close()
        except BaseException as error:
            self.end_span(error=error)
            raise
        finally:
            current.set(previous)
        self.end_span("closed")
