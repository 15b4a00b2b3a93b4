"""The span processor, and the OpenTelemetry spans that are open."""

from __future__ import annotations

from typing import Final, NamedTuple

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.trace import SpanContext, get_current_span

from spanloom.otlp.conventions import MODEL_TYPES, Work, record, work_of
from spanloom.tracing import attributes, flush
from spanloom.tracing.context import current_span, is_below, register_parent_resolver
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span, open_wire_span
from spanloom.tracing.span import NOOP_SPAN, Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["SpanloomSpanProcessor"]

OWNER: Final = "opentelemetry"
MAX_OPEN_SPANS: Final = 10_000
"""A span whose end is never told must not stay for ever; the oldest goes first."""


class _Entry(NamedTuple):
    """What an open OpenTelemetry span is for us.

    Attributes:
        span: Our span; of one that has none of its own, that of the nearest above.
        own: Whether `span` ends with it.
    """

    span: Span
    own: bool


class SpanloomSpanProcessor(SpanProcessor):
    """Records spans of OpenTelemetry's GenAI semantic conventions as spanloom spans, while they run.

    Our span is current while its OpenTelemetry span is: what tools trace with spanloom stands below them, and client
    plugins add to the model span of a framework instead of opening another. A span without an OpenTelemetry parent
    stands below the current spanloom span. Ids are our own.

    Other spans inside of a GenAI span are kept as type UNKNOWN. Outside of any they are left out: the requests of a web
    server are no traces of agents.

    Args:
        genai_only: Whether to leave out other spans everywhere; their children move up.

    Example:
        >>> provider = TracerProvider()
        >>> provider.add_span_processor(SpanloomSpanProcessor())
    """

    def __init__(self, *, genai_only: bool = False) -> None:
        self._genai_only = genai_only
        self._open: dict[tuple[int, int], _Entry] = {}
        self._active = True
        self._unregister = register_parent_resolver(self._current)

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        """Open our span."""
        with guard("opentelemetry: span start"):
            if self._active:
                self._start(span, get_current_span(parent_context).get_span_context())

    def on_end(self, span: ReadableSpan) -> None:
        """Record what the span knows and end ours."""
        with guard("opentelemetry: span end"):
            entry = self._open.pop(_key(span.context), None)
            if entry is not None and entry.own:
                self._end(entry.span, span)

    def shutdown(self) -> None:
        """Record nothing more; what is open ends as it is."""
        if not self._active:
            return
        self._active = False
        self._unregister()
        while self._open:
            self._abandon(next(iter(self._open)))

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Write everything that has ended to the store."""
        return flush(timeout_millis / 1000)

    def _start(self, started: SdkSpan, parent: SpanContext) -> None:
        above = self._open.get(_key(parent)) if parent.is_valid else None
        work = work_of(started.name, started.attributes or {})
        if work is None:
            if above is None:
                return
            if self._genai_only:
                self._remember(started, _Entry(above.span, own=False))
                return
            work = Work(SpanType.UNKNOWN, started.name)
        self._remember(started, _open(work, above, started.start_time))

    def _remember(self, started: SdkSpan, entry: _Entry) -> None:
        if len(self._open) >= MAX_OPEN_SPANS:
            self._abandon(next(iter(self._open)))
        self._open[_key(started.get_span_context())] = entry

    def _abandon(self, key: tuple[int, int]) -> None:
        entry = self._open.pop(key, None)
        if entry is not None and entry.own:
            entry.span.set_attribute(attributes.STREAM_END, "abandoned")
            entry.span.end(status=SpanStatus.CANCELLED)

    def _end(self, span: Span, ended: ReadableSpan) -> None:
        if span.is_recording:
            work = work_of(ended.name, ended.attributes or {})
            # Some say only in the end what they were.
            span.span_type, span.name = work or (span.span_type, ended.name)
            record(span, ended)
        span.end(end_time_ns=ended.end_time)

    def _current(self) -> Span | None:
        """Return our span of the OpenTelemetry span that is current here."""
        entry = self._open.get(_key(get_current_span().get_span_context()))
        return entry.span if entry is not None else None


def _key(context: SpanContext | None) -> tuple[int, int]:
    return (context.trace_id, context.span_id) if context is not None else (0, 0)


def _open(work: Work, above: _Entry | None, start_time_ns: int | None) -> _Entry:
    """Open our span below that of the OpenTelemetry parent, or below a user's span inside of it."""
    here = current_span()
    parent = here
    if above is not None and here is not NOOP_SPAN and not (here is not None and is_below(here, above.span)):
        parent = above.span
    if parent is here and work.span_type in MODEL_TYPES:
        return _Entry(open_wire_span(work.name, work.span_type, start_time_ns=start_time_ns, owner=OWNER), own=True)
    if parent is not None and _says_the_same(parent, work):
        return _Entry(parent, own=False)
    return _Entry(open_span(work.name, work.span_type, parent, start_time_ns=start_time_ns, owner=OWNER), own=True)


def _says_the_same(parent: Span, work: Work) -> bool:
    """Whether a plugin's span stands for this very work: the framework is traced in both ways."""
    return parent.owner not in (None, OWNER) and (parent.span_type, parent.name) == work
