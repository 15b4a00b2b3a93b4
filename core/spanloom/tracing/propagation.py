"""Traces across processes: W3C Trace Context (https://www.w3.org/TR/trace-context/) and Baggage, in and out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from spanloom.tracing.baggage import SESSION_ID, USER_ID, BaggageMember, format_baggage, parse_baggage
from spanloom.tracing.context import current_span
from spanloom.tracing.labels import Labels, ambient_labels, use_labels
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings
from spanloom.tracing.span import NOOP_SPAN, Span

__all__ = [
    "IncomingContext",
    "RemoteParent",
    "get_tracing_context_headers_for_http_request",
    "incoming_context",
    "parse_traceparent",
    "read_tracing_headers",
    "remote_parent",
    "set_tracing_context_from_http_request_headers",
    "traceparent_of",
    "use_incoming_context",
    "use_remote_parent",
]

logger = logging.getLogger("spanloom")

# Versions after 00 may append fields; version ff and ids of zeros are invalid.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SAMPLED = 1
_TRACESTATE = re.compile(r"[\x20-\x7e\t]{1,8192}")


class RemoteParent(NamedTuple):
    """Where a trace goes on that began elsewhere.

    Attributes:
        trace_id: Of the spans that begin here without a parent.
        span_id: The span above them, in another process.
        sampled: Whether the trace is recorded; `None`: that is decided here.
    """

    trace_id: str
    span_id: str | None = None
    sampled: bool | None = None


class IncomingContext(NamedTuple):
    """What the headers of a request say about the trace it belongs to.

    Attributes:
        parent: Where the trace goes on, if it began elsewhere.
        baggage: Facts to pass on.
        tracestate: What other tracing systems want passed on with this trace.
    """

    parent: RemoteParent | None = None
    baggage: tuple[BaggageMember, ...] = ()
    tracestate: str | None = None


remote_parent: ContextVar[RemoteParent | None] = ContextVar("spanloom_remote_parent", default=None)
"""What root spans that begin here belong to."""

_NO_CONTEXT = IncomingContext()

incoming_context: ContextVar[IncomingContext] = ContextVar("spanloom_incoming_context", default=_NO_CONTEXT)
"""What came with the request that is answered here, to be passed on."""


def parse_traceparent(value: str | None) -> RemoteParent | None:
    """Return what a `traceparent` header says; `None` if it is missing or malformed, as the standard demands."""
    match = _TRACEPARENT.fullmatch(value.strip()) if value else None
    if match is None:
        return None
    trace_id, span_id, flags = match.groups()
    return RemoteParent(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def traceparent_of(span: Span) -> str:
    """Return the `traceparent` of a recording span.

    While it is open whether the trace is kept, it says "not sampled", as the standard wants it of a decision that is
    delayed.
    """
    held = span.active_trace.held
    return f"00-{span.trace_id}-{span.span_id}-{'01' if held is None or held.kept else '00'}"


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """Return the headers that let the service called with them go on with the trace that is active here.

    Returns:
        `traceparent` inside a span. `baggage` with the session and the user where they are known, and with what came
        with the request that is answered here; likewise its `tracestate`. Where nothing is recorded, the request's own
        `traceparent` is passed on.

    Example:
        >>> httpx.post(url, json=body, headers=spanloom.get_tracing_context_headers_for_http_request())
    """
    span = current_span()
    incoming = incoming_context.get()
    headers = {}
    trace_id = None
    if span is not None and span is not NOOP_SPAN:
        trace_id = span.trace_id
        headers["traceparent"] = traceparent_of(span)
    elif incoming.parent is not None and incoming.parent.span_id is not None:
        trace_id, span_id, sampled = incoming.parent
        headers["traceparent"] = f"00-{trace_id}-{span_id}-{'01' if sampled else '00'}"
    if incoming.tracestate is not None and incoming.parent is not None and trace_id == incoming.parent.trace_id:
        headers["tracestate"] = incoming.tracestate
    baggage = format_baggage(_outgoing_baggage(span, incoming.baggage))
    if baggage:
        headers["baggage"] = baggage
    return headers


@contextmanager
def set_tracing_context_from_http_request_headers(
    headers: Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]] | None,
) -> Iterator[None]:
    """Go on, inside the block, with the trace that an HTTP request belongs to; without `traceparent` nothing changes.

    A caller that does not record its trace (the sampled flag is off) is followed: nothing is recorded here either,
    unless this process keeps errors or slow traces. The members `session.id` and `user.id` of `baggage` are the session
    and the user of the traces that begin inside; all of `baggage` and `tracestate` is passed on by
    `get_tracing_context_headers_for_http_request`.

    Args:
        headers: The request's headers; upper and lower case do not matter. Pairs, also of bytes, are taken, too;
            `None` says nothing.

    Example:
        >>> with spanloom.set_tracing_context_from_http_request_headers(request.headers):
        ...     answer(request)
    """
    with use_incoming_context(read_tracing_headers(_pairs(headers))):
        yield


def _pairs(headers: Any) -> list[tuple[str, str]]:
    """Return names and values as texts; a request is answered, whatever was given for its headers."""
    try:
        items = headers.items() if hasattr(headers, "items") else headers or ()
        return [(_text(name), _text(value)) for name, value in items]
    except (TypeError, ValueError):
        logger.warning("spanloom: %s is no mapping of headers; the request begins a new trace", type(headers).__name__)
        return []


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def read_tracing_headers(headers: Iterable[tuple[str, str]]) -> IncomingContext:
    """Return what the headers say; what is malformed is ignored."""
    found: dict[str, list[str]] = {"traceparent": [], "tracestate": [], "baggage": []}
    for name, value in headers:
        values = found.get(name.lower())
        if values is not None:
            values.append(value)
    # Two of them contradict each other.
    parent = parse_traceparent(found["traceparent"][0]) if len(found["traceparent"]) == 1 else None
    tracestate = ",".join(found["tracestate"])
    return IncomingContext(
        parent,
        parse_baggage(found["baggage"]),
        tracestate if parent is not None and _TRACESTATE.fullmatch(tracestate) else None,
    )


@contextmanager
def use_incoming_context(incoming: IncomingContext) -> Iterator[None]:
    """Go on, inside the block, with what came with a request."""
    outer = incoming_context.get()
    if incoming.parent is None:
        incoming = IncomingContext(outer.parent, incoming.baggage or outer.baggage, outer.tracestate)
    said = {member.key: member.value for member in incoming.baggage}
    incoming_context.set(incoming)
    try:
        with (
            use_remote_parent(incoming.parent if incoming.parent is not None else remote_parent.get()),
            use_labels(Labels(session_id=said.get(SESSION_ID), user=said.get(USER_ID))),
        ):
            yield
    finally:
        incoming_context.set(outer)


@contextmanager
def use_remote_parent(parent: RemoteParent | None) -> Iterator[None]:
    """Let root spans that begin inside the block belong to `parent`."""
    previous = remote_parent.get()
    remote_parent.set(parent)
    held = token = None
    if parent is not None and not parent.sampled and settings.samples_tails:
        # Several roots may begin inside the block: the end of one is not yet that of the trace.
        held, token = pipeline.tail.hold(parent.trace_id), object()
        held.open.add(token)
    try:
        yield
    finally:
        remote_parent.set(previous)
        if held is not None:
            pipeline.leave(held, token)


def _outgoing_baggage(span: Span | None, came: tuple[BaggageMember, ...]) -> list[BaggageMember]:
    """Return what came unchanged, except for a session or a user that are others here."""
    labels = ambient_labels.get() or Labels()
    session_id, user = labels.session_id, labels.user
    if span is not None and span is not NOOP_SPAN:
        session_id, user = span.active_trace.session_id or session_id, span.active_trace.user or user
    known = {key: value for key, value in ((SESSION_ID, session_id), (USER_ID, user)) if value is not None}
    members = [member for member in came if known.get(member.key, member.value) == member.value]
    said = {member.key for member in members}
    # First, so that the limits never cost them.
    return [BaggageMember.of(key, value) for key, value in known.items() if key not in said] + members
