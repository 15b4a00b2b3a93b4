from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import Tracer, TracerProvider

import spanloom
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom_autolog.opentelemetry import SpanloomSpanProcessor


@pytest.fixture
def processor(store) -> Iterator[SpanloomSpanProcessor]:
    processor = SpanloomSpanProcessor()
    yield processor
    processor.shutdown()


@pytest.fixture
def provider(processor) -> TracerProvider:
    """The program's own tracer provider; it is not made the global one."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider


@pytest.fixture
def tracer(provider) -> Tracer:
    return provider.get_tracer("acme")


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def the_span(the_trace) -> Callable[[], ReadableSpan]:
    """Return the only span there is."""

    def read() -> ReadableSpan:
        (span,) = the_trace().data.spans
        return span

    return read
