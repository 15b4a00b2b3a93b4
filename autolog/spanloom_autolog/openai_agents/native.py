"""The SDK's own tracing: its spans on one side, ours on the other.

Its processors are called in the context of the code that is traced, and its spans are properly nested; so ours are made
current when they start, and the span before them when they end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom.tracing.context import current, current_span
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.openai_agents.kinds import kind_of
from spanloom_autolog.openai_agents.ownership import OWNER, current_own_span
from spanloom_autolog.openai_agents.runs import label
from spanloom_autolog.openai_agents.tools import record_once

__all__ = ["on_span_end", "on_span_start", "on_trace_end", "on_trace_start", "spans"]


def on_trace_start(function: Callable[..., Any], call: Call) -> Any:
    """Open the span of a trace that the program began itself."""
    with guard(f"{OWNER}: trace start"):
        spans.start_trace(call.args[0])
    return function(*call.args, **call.kwargs)


def on_trace_end(function: Callable[..., Any], call: Call) -> Any:
    """End it."""
    with guard(f"{OWNER}: trace end"):
        spans.end(call.args[0].trace_id)
    return function(*call.args, **call.kwargs)


def on_span_start(function: Callable[..., Any], call: Call) -> Any:
    """Open a span."""
    with guard(f"{OWNER}: span start"):
        spans.start(call.args[0])
    return function(*call.args, **call.kwargs)


def on_span_end(function: Callable[..., Any], call: Call) -> Any:
    """End it."""
    with guard(f"{OWNER}: span end"):
        spans.end(call.args[0].span_id, call.args[0])
    return function(*call.args, **call.kwargs)


class _Open(NamedTuple):
    """One open span of the SDK.

    Attributes:
        span: Ours.
        previous: What was current before.
        shared: Whether a patch opened the span, and ends it.
        handled: The exception that was being handled when the span started, and is none of its business.
    """

    span: Span
    previous: Span | None
    shared: bool
    handled: BaseException | None


class NativeSpans:
    """The open spans of the SDK, by its ids of traces and spans."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def start_trace(self, trace: Any) -> None:
        """Open a WORKFLOW span, unless the trace is that of a run, which has its AGENT span."""
        if current_own_span(SpanType.AGENT) is not None:
            return
        span = open_span(trace.name, SpanType.WORKFLOW, owner=OWNER)
        if span.is_recording:
            with guard(f"{OWNER}: trace"):
                label(span, getattr(trace, "group_id", None), getattr(trace, "metadata", None))
        self._add(trace.trace_id, span)

    def start(self, native: Any) -> None:
        """Open a span, or find the one that a patch opened for the same work."""
        data = native.span_data
        shared = _shared(data)
        if shared is not None:
            self._open[native.span_id] = _Open(shared, None, True, None)
            return
        kind = kind_of(data)
        span = open_span(kind.name(data), kind.span_type, self._parent(native), owner=OWNER)
        if span.is_recording:
            with guard(f"{OWNER}: inputs"):
                kind.record_inputs(span, data)
        self._add(native.span_id, span)

    def end(self, native_id: str, native: Any = None) -> None:
        """Record what is known now, and end the span."""
        entry = self._open.pop(native_id, None)
        if entry is None:
            return
        span = entry.span
        if native is not None and span.is_recording:
            kind_of(native.span_data).record(span, native.span_data, shared=entry.shared)
        if entry.shared:
            return
        with guard(f"{OWNER}: error"):
            _record_error(span, native, entry.handled)
        if current.get() is span:
            current.set(entry.previous)
        span.end()

    def abandon_all(self) -> None:
        """End the spans whose end we will not hear of."""
        while self._open:
            _, entry = self._open.popitem()
            if not entry.shared:
                entry.span.set_attribute(attributes.STREAM_END, "abandoned")
                entry.span.end(status=SpanStatus.CANCELLED)

    def _add(self, native_id: str, span: Span) -> None:
        self._open[native_id] = _Open(span, current.get(), False, sys.exception())
        current.set(span)

    def _parent(self, native: Any) -> Span | None:
        here = current_span()
        if here is not None:
            return here
        # In a thread that knows no context, a program may name the parent.
        above = self._open.get(native.parent_id) or self._open.get(native.trace_id)
        return above.span if above is not None else None


def _shared(data: Any) -> Span | None:
    """Return the span of ours that stands for the same work.

    A run and its first agent are one AGENT span; the agents that it hands over to get spans of their own below.
    """
    name = type(data).__name__
    if name in ("ResponseSpanData", "GenerationSpanData"):
        return current_own_span(SpanType.CHAT_MODEL)
    if name not in ("TaskSpanData", "AgentSpanData"):
        return None
    run = current_own_span(SpanType.AGENT)
    if run is None or name == "TaskSpanData":
        return run
    if run.claimed or run.name != data.name:
        return None
    run.claimed = True
    return run


def _record_error(span: Span, native: Any, handled: BaseException | None) -> None:
    # Spans end while their exception is on its way; the SDK itself keeps no more than a text, often redacted.
    error = sys.exception()
    if error is not None and error is not handled:
        cause = error.__cause__ if span.span_type == SpanType.TOOL and type(error).__name__ == "UserError" else None
        record_once(span, cause or error)
    elif native is not None and native.error is not None and span.status == SpanStatus.UNSET:
        span.set_status(SpanStatus.ERROR, str(native.error["message"]))


spans = NativeSpans()
