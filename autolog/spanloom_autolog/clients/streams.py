"""Observing a stream of a model client without replacing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from spanloom.tracing import attributes

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation
    from spanloom.tracing.span import Span
    from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator

__all__ = ["observe_async_stream", "observe_stream"]


def observe_stream(stream: Any, observation: Observation, request_id_header: str) -> None:
    """Put the traced iterator into a `Stream`.

    The iterator alone would not see an early end: `stream.close()`, the end of a `with` block and the helpers of
    `.stream()` all close the HTTP response only. So its `close` ends the span as well.
    """
    stream._iterator = iterator = observation.iterator(stream._iterator)  # noqa: SLF001 - the only place all reading passes
    _end_at_close(stream.response, observation.span, iterator)
    _record_request_id(stream.response, observation.span, request_id_header)


def observe_async_stream(stream: Any, observation: Observation, request_id_header: str) -> None:
    """Put the traced iterator into an `AsyncStream`; likewise, with the response's `aclose`."""
    stream._iterator = iterator = observation.async_iterator(stream._iterator)  # noqa: SLF001 - the only place all reading passes
    _end_at_aclose(stream.response, observation.span, iterator)
    _record_request_id(stream.response, observation.span, request_id_header)


def _record_request_id(response: Any, span: Span, header: str) -> None:
    request_id = response.headers.get(header)
    if request_id:
        span.set_attribute(attributes.REQUEST_ID, request_id)


def _end_at_close(response: Any, span: Span, iterator: TracedIterator) -> None:
    # Weak: a response that outlives its stream must not keep the span open.
    from spanloom.tracing.context import current

    observed, close = ref(iterator), response.close

    def close_and_end_span() -> None:
        try:
            close()
        finally:
            _closed(observed(), inside=current.get() is span)

    response.close = close_and_end_span


def _end_at_aclose(response: Any, span: Span, iterator: TracedAsyncIterator) -> None:
    from spanloom.tracing.context import current  # not at the close: the interpreter may be on its way down

    observed, aclose = ref(iterator), response.aclose

    async def aclose_and_end_span() -> None:
        try:
            await aclose()
        finally:
            _closed(observed(), inside=current.get() is span)

    response.aclose = aclose_and_end_span


def _closed(iterator: TracedIterator | TracedAsyncIterator | None, *, inside: bool) -> None:
    # The client closes the response from inside a step of the iterator as well; the span is current there only. Such a
    # step ends the span by itself, and knows whether the stream was exhausted or broke.
    if iterator is not None and not inside:
        iterator.end_span("closed")
