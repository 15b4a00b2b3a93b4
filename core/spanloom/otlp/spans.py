"""Ended spans as the OpenTelemetry SDK's own, for its exporters."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

import spanloom
from spanloom.otlp.semantic_conventions import MODEL_TYPES, attribute_value, semantic_attributes
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["sdk_span"]

_SCOPE: Final = InstrumentationScope("spanloom", spanloom.__version__)
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_CODES: Final = {SpanStatus.OK: StatusCode.OK, SpanStatus.ERROR: StatusCode.ERROR}
"""A cancelled run is neither: its status stays unset, and an attribute tells."""


def sdk_span(span: Span, trace: ActiveTrace, resource: Resource) -> ReadableSpan:
    """Return the span as the SDK would have recorded it.

    Args:
        span: An ended span.
        trace: The facts of its trace as the batch tells them, that is, redacted.
        resource: Who it comes from.
    """
    calls_a_service = span.span_type in MODEL_TYPES or span.span_type == SpanType.RETRIEVER
    code = _CODES.get(span.status, StatusCode.UNSET)
    return ReadableSpan(
        name=span.name,
        context=_context(span.trace_id, span.span_id),
        parent=_context(span.trace_id, span.parent_id, is_remote=span.parent is None) if span.parent_id else None,
        resource=resource,
        attributes=semantic_attributes(span, trace),
        events=[_event(event) for event in span.event_records],
        kind=SpanKind.CLIENT if calls_a_service else SpanKind.INTERNAL,
        status=Status(code, span.status_message or None if code is StatusCode.ERROR else None),
        start_time=span.start_time_ns,
        end_time=span.end_time_ns,
        instrumentation_scope=_SCOPE,
    )


def _context(trace_id: str, span_id: str, *, is_remote: bool = False) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote, _SAMPLED)


def _event(event: dict[str, Any]) -> Event:
    facts = {key: known for key, value in event["attributes"].items() if (known := attribute_value(value)) is not None}
    return Event(event["name"], facts, event["time_unix_nano"])
