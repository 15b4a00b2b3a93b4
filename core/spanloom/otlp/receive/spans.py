"""A span as OTLP carries it, shaped like the OpenTelemetry SDK's `ReadableSpan`; and that span as ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

from spanloom.otlp.conventions import record, stated_work
from spanloom.otlp.conventions.mlflow import OWN_SCOPE
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.vocabulary import SpanType

__all__ = ["Decoded", "ReceivedEvent", "ReceivedSpan", "ReceivedStatus", "Scope", "StatusCode", "span_of"]

_INVALID: Final = frozenset({"", "0" * 16, "0" * 32})
_MAX_TIME: Final = 2**63
_SERVICE_NAME: Final = "service.name"
_SCOPE_NAME: Final = "otel.scope.name"

_KINDS_OF_ENTRY: Final = frozenset({2, 5})
"""SERVER and CONSUMER: work that another process asked for."""
_KNOWS_REMOTE: Final = 0x100
_IS_REMOTE: Final = 0x200
"""Span flags: whether it is known that the parent is a span of another process, and whether it is."""


class StatusCode(IntEnum):
    """OTLP's numbers."""

    UNSET = 0
    OK = 1
    ERROR = 2


class ReceivedStatus(NamedTuple):
    """How a span ended."""

    status_code: StatusCode
    description: str


class ReceivedEvent(NamedTuple):
    """What happened; `timestamp` is Unix time in nanoseconds."""

    name: str
    timestamp: int
    attributes: Mapping[str, Any]


class Scope(NamedTuple):
    """The instrumentation that made spans."""

    name: str


class ReceivedSpan(NamedTuple):
    """One span; times are Unix nanoseconds, ids hex digits.

    Attributes:
        parent_id: `None` for the root of its trace.
        enters: Whether its parent, if it has one, is a span of another process.
        service: The name of the service that it comes from.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    enters: bool
    start_time: int
    end_time: int
    attributes: Mapping[str, Any]
    events: Sequence[ReceivedEvent]
    status: ReceivedStatus
    instrumentation_scope: Scope
    service: str | None

    @classmethod
    def checked(
        cls,
        *,
        trace_id: str,
        span_id: str,
        parent_id: str,
        name: str,
        kind: int,
        flags: int,
        times: tuple[int, int],
        attributes: Mapping[str, Any],
        events: Sequence[ReceivedEvent],
        status: ReceivedStatus,
        scope: Scope,
        service: Any,
    ) -> ReceivedSpan:
        """Make a span of what a request says.

        Raises:
            ValueError: If an id or a time is none.
        """
        if trace_id in _INVALID or span_id in _INVALID:
            raise ValueError(f"span {name!r:.100}: traceId and spanId must not be zero")
        start, end = times
        if not 0 < start < _MAX_TIME or not 0 <= end < _MAX_TIME:
            raise ValueError(f"span {name!r:.100}: startTimeUnixNano and endTimeUnixNano must be times")
        return cls(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=None if parent_id in _INVALID or parent_id == span_id else parent_id,
            name=name,
            enters=bool(flags & _IS_REMOTE) if flags & _KNOWS_REMOTE else kind in _KINDS_OF_ENTRY,
            start_time=start,
            end_time=max(start, end),
            attributes=attributes,
            events=events,
            status=status,
            instrumentation_scope=scope,
            service=str(service) if service and not str(service).startswith("unknown_service") else None,
        )


class Decoded(NamedTuple):
    """What a request holds.

    Attributes:
        spans: The spans that can be understood.
        rejected: How many can't.
        mistake: What was wrong with the first of those.
    """

    spans: list[ReceivedSpan]
    rejected: int = 0
    mistake: str = ""


def span_of(received: ReceivedSpan, trace: ActiveTrace) -> Span:
    """Return the span as ours; its parent is not set, and what it says about its trace is put there."""
    work = stated_work(received.name, received.attributes)
    name, span_type = (work.name, work.span_type) if work is not None else (received.name, SpanType.UNKNOWN)
    span = Span(trace, name, span_type, None, lambda _: None, received.start_time)
    span.span_id = received.span_id
    record(span, received)
    if received.service is not None:
        span.set_attribute(_SERVICE_NAME, received.service)
    if received.instrumentation_scope.name not in ("", OWN_SCOPE):
        span.set_attribute(_SCOPE_NAME, received.instrumentation_scope.name)
    span.end(end_time_ns=received.end_time)
    return span
