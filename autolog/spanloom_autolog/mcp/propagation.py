"""Telling the server which span asks: W3C trace context in the request's `_meta`.

That is where the protocol's extension SEP-414 and OpenTelemetry's semantic conventions for MCP put it. The SDK's 2.x
does the same for OpenTelemetry's spans; where the program has one, that one is passed on, not ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call

if TYPE_CHECKING:
    from spanloom.tracing.span import Span

__all__ = ["trace_context"]

_NOTHING: Mapping[str, Any] = {}


def trace_context(method: str) -> Callable[[Call, Span], Mapping[str, Any]]:
    """Return what adds the trace context to the arguments of a method of the client's session."""

    def add(call: Call, span: Span) -> Mapping[str, Any]:
        meta = call.kwargs.get("meta") or {}
        if "traceparent" in meta or not _takes_meta(method) or _opentelemetry_is_active():
            return _NOTHING
        from spanloom.tracing.propagation import traceparent_of

        return {"meta": {**meta, "traceparent": traceparent_of(span)}}

    return add


@cache
def _takes_meta(method: str) -> bool:
    """In the SDK's 1.x only `call_tool` does."""
    import inspect

    from mcp.client.session import ClientSession

    return "meta" in inspect.signature(getattr(ClientSession, method)).parameters


def _opentelemetry_is_active() -> bool:
    opentelemetry = sys.modules.get("opentelemetry.trace")
    return opentelemetry is not None and opentelemetry.get_current_span().get_span_context().is_valid
