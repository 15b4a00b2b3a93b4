"""Traces across processes: W3C Trace Context headers in and out (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from spanloom.tracing.context import current_span
from spanloom.tracing.span import NOOP_SPAN

__all__ = [
    "RemoteParent",
    "get_tracing_context_headers_for_http_request",
    "parse_traceparent",
    "remote_parent",
    "set_tracing_context_from_http_request_headers",
    "use_remote_parent",
]

# Versions after 00 may append fields; version ff and ids of zeros are invalid.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SAMPLED = 1


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


remote_parent: ContextVar[RemoteParent | None] = ContextVar("spanloom_remote_parent", default=None)
"""What root spans that begin here belong to."""


def parse_traceparent(value: str | None) -> RemoteParent | None:
    """Return what a `traceparent` header says; `None` if it is missing or malformed, as the standard demands."""
    match = _TRACEPARENT.fullmatch(value.strip()) if value else None
    if match is None:
        return None
    trace_id, span_id, flags = match.groups()
    return RemoteParent(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """Return the headers that let the service called with them go on with the trace that is active here.

    Returns:
        A `traceparent` header; nothing outside any span.

    Example:
        >>> httpx.post(url, json=body, headers=spanloom.get_tracing_context_headers_for_http_request())
    """
    span = current_span()
    if span is None or span is NOOP_SPAN:
        return {}
    return {"traceparent": f"00-{span.trace_id}-{span.span_id}-01"}


@contextmanager
def set_tracing_context_from_http_request_headers(headers: Mapping[str, str]) -> Iterator[None]:
    """Go on, inside the block, with the trace that an HTTP request belongs to; without `traceparent` nothing changes.

    A caller that does not record its trace (the sampled flag is off) is followed: nothing is recorded here either.

    Args:
        headers: The request's headers; upper and lower case do not matter.

    Example:
        >>> with spanloom.set_tracing_context_from_http_request_headers(request.headers):
        ...     answer(request)
    """
    given = next((value for name, value in headers.items() if name.lower() == "traceparent"), None)
    parent = parse_traceparent(given)
    with use_remote_parent(parent if parent is not None else remote_parent.get()):
        yield


@contextmanager
def use_remote_parent(parent: RemoteParent | None) -> Iterator[None]:
    """Let root spans that begin inside the block belong to `parent`."""
    previous = remote_parent.get()
    remote_parent.set(parent)
    try:
        yield
    finally:
        remote_parent.set(previous)
