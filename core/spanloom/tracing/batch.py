"""Turning ended spans into a batch: redaction, previews and the roll-up of usage and cost."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from spanloom.tracing.exporters import Batch, TraceUpdate
from spanloom.tracing.guard import report_failure
from spanloom.tracing.preview import preview
from spanloom.tracing.redact import Redactor
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.totals import Totals, count

__all__ = ["make_batch"]


def make_batch(spans: Sequence[Span], redactor: Redactor | None) -> Batch:
    """Redact the spans and sum up what they tell about their traces; a span where that fails is left out."""
    added: dict[ActiveTrace, Totals] = {}
    roots: dict[ActiveTrace, Span] = {}
    ready: list[Span] = []
    for span in spans:
        try:
            if redactor is not None:
                redactor.redact_span(span)
            totals = count(span)
        except Exception:
            report_failure("trace writer: span")
            continue
        ready.append(span)
        trace = span.active_trace
        if trace not in added:
            added[trace] = totals
            roots[trace] = _root(span)
        else:
            added[trace] = added[trace].plus(totals)
    for trace in added:
        if redactor is not None:
            redactor.redact_trace(trace)
    return Batch(ready, [_update(root, added[trace], redactor) for trace, root in roots.items()])


def _root(span: Span) -> Span:
    while span.parent is not None:
        span = span.parent
    return span


def _update(root: Span, added: Totals, redactor: Redactor | None) -> TraceUpdate:
    trace = root.active_trace
    ended = root.end_time_ns is not None
    # An open root has not been redacted yet: nothing of it may show.
    readable = ended or redactor is None
    request, response = trace.request_preview, trace.response_preview
    if request is None and readable:
        request = preview(root.inputs_json, "user")
    if response is None and readable:
        response = preview(root.outputs_json, "assistant")
    return TraceUpdate(
        trace=trace if redactor is None else copy(trace),  # what is set on it from here on is not redacted yet
        name=root.name if readable or redactor is None else redactor.redact_name(root.name),
        state=(trace.state or root.status) if ended else "IN_PROGRESS",
        start_time_ns=root.start_time_ns,
        end_time_ns=root.end_time_ns,
        request_preview=request,
        response_preview=response,
        added_usage=added.usage,
        added_cost=added.cost,
    )
