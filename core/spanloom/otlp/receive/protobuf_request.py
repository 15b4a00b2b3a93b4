"""Trace requests in OTLP's protobuf form (extra `otlp`)."""

from __future__ import annotations

from typing import Any

from spanloom.errors import SchemaError, extra_needed
from spanloom.otlp.receive.spans import Decoded, ReceivedEvent, ReceivedSpan, ReceivedStatus, Scope, StatusCode

with extra_needed("Receiving OTLP in protobuf", "otlp", "google", "opentelemetry"):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["decode"]

_TRACE_ID_BYTES = 16
_SPAN_ID_BYTES = 8


def decode(body: bytes) -> Decoded:
    """Return the spans of a request.

    Raises:
        SchemaError: If it is no such request.
    """
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except Exception as error:  # protobuf's DecodeError, which comes without types
        raise SchemaError(f"the body is not an ExportTraceServiceRequest in protobuf: {error}") from error
    spans: list[ReceivedSpan] = []
    rejected, mistake = 0, ""
    for resource in request.resource_spans:
        service = _attributes(resource.resource.attributes).get("service.name")
        for group in resource.scope_spans:
            scope = Scope(group.scope.name)
            for span in group.spans:
                try:
                    spans.append(_span(span, scope, service))
                except ValueError as error:
                    rejected += 1
                    mistake = mistake or str(error)
    return Decoded(spans, rejected, mistake)


def _span(span: Any, scope: Scope, service: Any) -> ReceivedSpan:
    if len(span.trace_id) != _TRACE_ID_BYTES or len(span.span_id) != _SPAN_ID_BYTES:
        raise ValueError(f"span {span.name!r:.100}: trace_id must be {_TRACE_ID_BYTES} bytes, span_id {_SPAN_ID_BYTES}")
    return ReceivedSpan.checked(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        name=span.name,
        kind=span.kind,
        flags=span.flags,
        times=(span.start_time_unix_nano, span.end_time_unix_nano),
        attributes=_attributes(span.attributes),
        events=[ReceivedEvent(each.name, each.time_unix_nano, _attributes(each.attributes)) for each in span.events],
        status=ReceivedStatus(StatusCode(span.status.code), span.status.message),
        scope=scope,
        service=service,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind) if kind is not None else None
