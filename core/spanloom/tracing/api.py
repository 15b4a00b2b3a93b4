"""The functions people call: spans by hand, the current trace, reading traces back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal

from spanloom.tracing.context import current, current_span
from spanloom.tracing.ids import own_trace_id
from spanloom.tracing.labels import Labels, use_labels
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.recorder import last_trace, open_span
from spanloom.tracing.snapshot import storable_text
from spanloom.tracing.span import Span
from spanloom.tracing.traces import Trace
from spanloom.tracing.vocabulary import SpanType

__all__ = [
    "flush",
    "get_current_active_span",
    "get_last_active_trace_id",
    "get_trace",
    "start_span",
    "start_span_no_context",
    "tracing_context",
    "update_current_trace",
]

logger = logging.getLogger("spanloom")


class start_span:  # noqa: N801 - used as a function: `with start_span("name") as span:`
    """Open a span for a block; it is current inside, and ends with it.

    An exception that leaves the block is recorded and passes on.

    Args:
        name: Name of the span.
        span_type: See `SpanType`.
        attributes: Attributes to begin with.

    Example:
        >>> with spanloom.start_span("retrieve", span_type=SpanType.RETRIEVER) as span:
        ...     span.set_inputs({"query": "cats"})
        ...     span.set_outputs(["doc1", "doc2"])
    """

    __slots__ = ("_attributes", "_name", "_previous", "_span", "_span_type")

    def __init__(
        self, name: str = "span", span_type: str = SpanType.UNKNOWN, attributes: Mapping[str, Any] | None = None
    ) -> None:
        self._name = name
        self._span_type = span_type
        self._attributes = attributes

    def __enter__(self) -> Span:
        self._span = open_span(self._name, self._span_type)
        if self._attributes:
            self._span.set_attributes(self._attributes)
        self._previous = current.get()
        current.set(self._span)
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        current.set(self._previous)
        if error is not None:
            self._span.record_exception(error)
        self._span.end()
        return False


def start_span_no_context(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    parent_span: Span | None = None,
    inputs: Any = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Span:
    """Open a span without making it current; the caller must `end` it.

    For callbacks and event handlers, where begin and end happen in different places.

    Args:
        name: Name of the span.
        span_type: See `SpanType`.
        parent_span: The span above; without one this is the root of a new trace.
        inputs: What the work is given.
        attributes: Attributes to begin with.
        tags: Tags of the trace.
        metadata: Metadata of the trace.

    Example:
        >>> span = spanloom.start_span_no_context("job", inputs={"n": 1})
        >>> span.end(outputs={"n": 2})
    """
    span = open_span(name, span_type, parent_span)
    if inputs is not None:
        span.set_inputs(inputs)
    if attributes:
        span.set_attributes(attributes)
    if span.is_recording:
        Labels(tags=tags, metadata=metadata).apply(span.active_trace)
    return span


def get_current_active_span() -> Span | None:
    """Return the innermost open span here, or `None`."""
    span = current_span()
    return span if span is not None and span.is_recording else None


def get_last_active_trace_id() -> str | None:
    """Return the id of the trace whose root span ended last in this process, or `None`."""
    return last_trace.trace_id


def update_current_trace(
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: Literal["OK", "ERROR"] | None = None,
    session_id: str | None = None,
    user: str | None = None,
) -> None:
    """Add facts to the trace that runs here; outside any trace a warning is logged and nothing happens.

    Args:
        tags: Short labels to search by.
        metadata: Facts fixed at run time, such as a version.
        client_request_id: The caller's own id of the request.
        request_preview: Shown in lists instead of the one derived from the root span's inputs.
        response_preview: Likewise, of its outputs.
        state: Overrides the root span's status.
        session_id: The conversation this trace is part of.
        user: Who asked.
    """
    span = current_span()
    if span is None:
        logger.warning("spanloom.update_current_trace: no trace is active here; call it inside a traced function")
        return
    if not span.is_recording:
        return
    trace = span.active_trace
    Labels(session_id, user, tags, metadata).apply(trace)
    given = {
        "client_request_id": client_request_id,
        "request_preview": request_preview,
        "response_preview": response_preview,
        "state": state,
    }
    for name, text in given.items():
        if text:
            setattr(trace, name, storable_text(text))


@contextmanager
def tracing_context(
    *,
    session_id: str | None = None,
    user: str | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Say of every trace that runs inside the block which session and user it belongs to, and label it.

    A trace that is active already gets the labels, too. Blocks may be nested: the inner one adds and overrides.

    Args:
        session_id: The conversation.
        user: Who asks.
        tags: Short labels to search by.
        metadata: Facts fixed at run time, such as a version.

    Example:
        >>> with spanloom.tracing_context(session_id="chat-42", user="ada"):
        ...     agent.invoke({"messages": [("user", "Hello!")]})
    """
    labels = Labels(session_id, user, tags, metadata)
    span = current_span()
    if span is not None and span.is_recording:
        labels.apply(span.active_trace)
    with use_labels(labels):
        yield


def flush(timeout: float | None = None) -> bool:
    """Write everything that ended before this call to the store.

    Args:
        timeout: Seconds to wait at most; no limit by default.

    Returns:
        Whether it is all written (or, where the store failed, accounted as dropped).
    """
    return pipeline.flush(timeout)


def get_trace(trace_id: str, *, flush: bool = True) -> Trace | None:
    """Return a trace from the store, or `None` if there is none of this id.

    Args:
        trace_id: Its id; of a trace that came from MLflow, MLflow's own id as well.
        flush: Whether everything is seen that ended in this process before the call; else what is written already.

    Raises:
        StoreError: If the store can't be read.
    """
    if flush:
        pipeline.flush()
    return pipeline.store().get_trace(own_trace_id(trace_id))
