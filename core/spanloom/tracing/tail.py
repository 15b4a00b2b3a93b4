"""Tail sampling: traces that head sampling leaves out wait for their end, and are kept if they failed or took long."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from spanloom.tracing.settings import settings
from spanloom.tracing.vocabulary import SpanStatus

if TYPE_CHECKING:
    from spanloom.tracing.span import Span

__all__ = ["HeldTrace", "TailSampler"]

_MAX_TRACES = 10_000
_MAX_BYTES = 64 * 2**20
_SPAN_BYTES = 1024
"""What a span takes besides its payloads."""


class HeldTrace:
    """The spans of one trace id that ended in this process while it is open whether they are recorded.

    The roots of several calls under one remote parent share it.

    Attributes:
        trace_id: The trace.
        kept: The decision; `None` until it has fallen, once and for all.
        wanted: Whether somebody said something about the trace, which keeps it.
        open: What has begun here and not ended: ids of spans, and whoever else may still open some.
        spans: The ended spans, first ended first; the writer's own.
        size: What they take, in bytes.
        start_time_ns: When the first root began.
    """

    __slots__ = ("kept", "open", "size", "spans", "start_time_ns", "trace_id", "wanted")

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id
        self.kept: bool | None = None
        self.wanted = False
        self.open: set[object] = set()  # changed by any thread: each change is one atomic step
        self.spans: list[Span] = []
        self.size = 0
        self.start_time_ns: int | None = None

    def begin(self, span: Span) -> None:
        """Wait for this span, too."""
        if self.kept is None:
            self.open.add(span.span_id)
            if span.parent is None and (self.start_time_ns is None or span.start_time_ns < self.start_time_ns):
                self.start_time_ns = span.start_time_ns


class TailSampler:
    """Holds back spans of traces that head sampling left out, until a reason to keep the trace shows, or all has ended.

    A trace is kept from the first span on that fails or ends too late, and left out once everything that began in it
    has ended. What is kept is whole: no span of it was let go before.

    All but `hold` and `leave` is called by one thread at a time, the one that writes.

    Args:
        on_overflow: Told how many spans were lost because the buffer was full.
        max_traces: Traces that may wait; the oldest give way, unless they took long already.
        max_bytes: Likewise, what their spans take.
    """

    def __init__(
        self, on_overflow: Callable[[int], None], max_traces: int = _MAX_TRACES, max_bytes: int = _MAX_BYTES
    ) -> None:
        self._on_overflow = on_overflow
        self._max_traces = max_traces
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiting: OrderedDict[str, HeldTrace] = OrderedDict()
        self._kept: OrderedDict[str, HeldTrace] = OrderedDict()
        self._left: deque[HeldTrace] = deque()

    def hold(self, trace_id: str) -> HeldTrace:
        """Return what is held of a trace: what has been decided about it stays decided."""
        return self._kept.get(trace_id) or self._waiting.setdefault(trace_id, HeldTrace(trace_id))

    def leave(self, held: HeldTrace, token: object) -> None:
        """Wait no longer for the token, which was added to what is open."""
        held.open.discard(token)
        self._left.append(held)

    def sift(self, spans: list[Span]) -> list[Span]:
        """Take spans as they ended, and return those to be written now."""
        passed: list[Span] = []
        for span in spans:
            held = span.active_trace.held
            if held is None or held.kept:
                passed.append(span)
            elif held.kept is None:
                passed += self._take(held, span)
            else:  # nothing was open when the trace was left out, unless it had to give way
                self._on_overflow(1)
        while len(self._waiting) > self._max_traces or self._bytes > self._max_bytes:
            passed += self._give_way()
        return passed

    def settle(self) -> None:
        """Leave out traces for which nobody waits any more."""
        while self._left:
            held = self._left.popleft()
            if held.kept is None and not held.open:
                self._decide(held, kept=False)

    def forget(self) -> None:
        """Let go of everything: it is another process's."""
        for held in self._waiting.values():
            held.spans.clear()

    def _take(self, held: HeldTrace, span: Span) -> list[Span]:
        self._waiting.setdefault(held.trace_id, held)  # of a trace that went on across a fork
        held.spans.append(span)
        size = _size(span)
        held.size += size
        self._bytes += size
        held.open.discard(span.span_id)
        if held.wanted or _failed(span) or _is_slow(held, span.end_time_ns or 0):
            return self._decide(held, kept=True)
        if not held.open:
            self._decide(held, kept=False)
        return []

    def _give_way(self) -> list[Span]:
        _, held = self._waiting.popitem(last=False)  # one step: other threads may be adding
        if _is_slow(held, time.time_ns()):
            return self._decide(held, kept=True)
        lost = len(held.spans)
        self._decide(held, kept=False)
        self._on_overflow(lost)
        return []

    def _decide(self, held: HeldTrace, *, kept: bool) -> list[Span]:
        held.kept = kept
        self._waiting.pop(held.trace_id, None)
        self._bytes -= held.size
        spans, held.spans, held.size = held.spans, [], 0
        held.open.clear()
        if kept:
            self._kept[held.trace_id] = held
            if len(self._kept) > self._max_traces:
                self._kept.popitem(last=False)
        return spans


def _failed(span: Span) -> bool:
    return settings.keep_errors and SpanStatus.ERROR in (span.status, span.active_trace.state)


def _is_slow(held: HeldTrace, now_ns: int) -> bool:
    return held.start_time_ns is not None and now_ns - held.start_time_ns >= settings.keep_slower_than_ms * 1e6


def _size(span: Span) -> int:
    payloads = (span.inputs_json, span.outputs_json, *span.attributes_json.values())
    return _SPAN_BYTES + sum(len(payload) for payload in payloads if payload is not None)
