"""Observing a stream of the client without replacing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom_autolog.openai.result import unwrap

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation
    from spanloom.tracing.span import Span
    from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator

__all__ = ["observe_stream"]


def observe_stream(call: Call, result: Any, observation: Observation) -> Any | None:
    """Put the traced iterator into the `Stream` or `AsyncStream` that was returned; `None` where there is none.

    The iterator alone would not see an early end: `stream.close()`, the end of a `with` block and the helpers of
    `.stream()` all close the HTTP response only. So its `close` (or `aclose`) ends the span as well.
    """
    if not call.kwargs.get("stream") or not observation.span.is_recording:
        return None
    from openai import AsyncStream, Stream

    stream = unwrap(result)
    if isinstance(stream, Stream):
        stream._iterator = iterator = observation.iterator(stream._iterator)  # noqa: SLF001 - the only place all reading passes
        _end_at_close(stream.response, observation.span, iterator)
    elif isinstance(stream, AsyncStream):
        stream._iterator = async_iterator = observation.async_iterator(stream._iterator)  # noqa: SLF001 - same
        _end_at_aclose(stream.response, observation.span, async_iterator)
    else:
        return None
    request_id = stream.response.headers.get("x-request-id")
    if request_id:
        observation.span.set_attribute(attributes.REQUEST_ID, request_id)
    return result


def _end_at_close(response: Any, span: Span, iterator: TracedIterator) -> None:
    # Weak: a response that outlives its stream must not keep the span open.
    observed, close = ref(iterator), response.close

    def close_and_end_span() -> None:
        try:
            close()
        finally:
            _closed(observed(), span)

    response.close = close_and_end_span


def _end_at_aclose(response: Any, span: Span, iterator: TracedAsyncIterator) -> None:
    observed, aclose = ref(iterator), response.aclose

    async def aclose_and_end_span() -> None:
        try:
            await aclose()
        finally:
            _closed(observed(), span)

    response.aclose = aclose_and_end_span


def _closed(iterator: TracedIterator | TracedAsyncIterator | None, span: Span) -> None:
    from spanloom.tracing.context import current

    # The client closes the response from inside a step of the iterator as well; the span is current there only. Such a
    # step ends the span by itself, and knows whether the stream was exhausted or broke.
    if iterator is not None and current.get() is not span:
        iterator.end_span("closed")
