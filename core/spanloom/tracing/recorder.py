"""Opening spans: parent, sampling, and the way into the pipeline."""

from __future__ import annotations

from enum import Enum
from typing import Final

from spanloom.tracing.attributes import SOURCE_RUN
from spanloom.tracing.context import claim_model_span, current_span
from spanloom.tracing.guard import guard
from spanloom.tracing.ids import new_trace_id
from spanloom.tracing.labels import ambient_labels, process_labels, source_run
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.propagation import RemoteParent, remote_parent
from spanloom.tracing.settings import settings
from spanloom.tracing.span import NOOP_SPAN, ActiveTrace, Span
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["AMBIENT", "Ambient", "last_trace", "open_span", "open_wire_span"]


class Ambient(Enum):
    """The type of `AMBIENT`: the parent is whatever span is current."""

    PARENT = "ambient"


AMBIENT: Final = Ambient.PARENT


class _LastTrace:
    """The trace whose root span ended last in this process."""

    trace_id: str | None = None


last_trace = _LastTrace()


def open_span(
    name: str,
    span_type: str,
    parent: Span | Ambient | None = AMBIENT,
    *,
    start_time_ns: int | None = None,
    owner: str | None = None,
) -> Span:
    """Open a span below `parent`, or the root of a new trace where that is `None`. The caller ends it."""
    if isinstance(parent, Ambient):
        parent = current_span()
    if parent is NOOP_SPAN or not settings.enabled:
        return NOOP_SPAN
    trace = parent.active_trace if parent is not None else _new_trace(name, span_type)
    if trace is None:
        return NOOP_SPAN
    held = trace.held
    if held is not None and held.kept is False:
        return NOOP_SPAN
    span = Span(trace, name, span_type, parent, _ended, start_time_ns, owner)
    if held is not None:
        held.begin(span)
    if owner is not None and owner in settings.without_content:
        span.leave_out_content()
    return span


def _new_trace(name: str, span_type: str) -> ActiveTrace | None:
    """Return the trace of a new root span; `None` if it is not recorded, however it ends."""
    remote = remote_parent.get() or RemoteParent(new_trace_id())
    sampled = _sampled(remote.trace_id, name, span_type) if remote.sampled is None else remote.sampled
    if not sampled and not settings.samples_tails:
        return None
    run = source_run.get()
    trace = ActiveTrace(settings.experiment if run is None else run.experiment, remote.trace_id)
    if run is not None:
        trace.metadata = {SOURCE_RUN: run.run_id}
    if not sampled:
        trace.held = pipeline.tail.hold(remote.trace_id)
    trace.remote_parent_id = remote.span_id
    for labels in (process_labels.current, ambient_labels.get()):
        if labels is not None:
            labels.apply(trace)
    return trace


def open_wire_span(name: str, span_type: str, *, start_time_ns: int | None = None, owner: str) -> Span:
    """Open the span of a call that may be what an open model span of another plugin stands for (`claim_model_span`).

    Then only its facts are kept: when it ends they join that span, whose id it shares so that spans opened below find
    their place.
    """
    claimed = claim_model_span(owner)
    if claimed is None:
        return open_span(name, span_type, start_time_ns=start_time_ns, owner=owner)
    if owner in settings.without_content:
        claimed.leave_out_content()  # one span tells of the call, and as little as either plugin may
    # Below the claimed span, so that no parent resolver that knows that span wins over this one.
    shadow = _FactsOfASpan(claimed.active_trace, name, span_type, claimed, _join, start_time_ns, owner)
    shadow.span_id = claimed.span_id
    return shadow


def _join(shadow: Span) -> None:
    claimed = shadow.parent
    assert claimed is not None
    claimed.add_missing_facts(shadow)
    if shadow.status == SpanStatus.ERROR:
        claimed.claimed = False  # the next call is a retry, or the model to fall back on


class _FactsOfASpan(Span):
    """The part of a claimed span that its client tells: attributes, not the conversation, which is known already."""

    __slots__ = ()

    @property
    def keeps_content(self) -> bool:
        return False


def _sampled(trace_id: str, name: str, span_type: str) -> bool:
    if settings.sampler is not None:
        with guard("sampler"):
            return bool(settings.sampler(name, span_type))
    # The right-most 56 bits are random (W3C Trace Context level 2), so every process decides alike.
    return settings.sample_rate >= 1 or int(trace_id[-14:], 16) < settings.sample_rate * 2**56


def _ended(span: Span) -> None:
    if span.parent is None:
        last_trace.trace_id = span.active_trace.trace_id
    pipeline.put(span)
