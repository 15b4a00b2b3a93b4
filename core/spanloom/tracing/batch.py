"""Turning ended spans into a batch: redaction, previews and the roll-up of token usage."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from spanloom.tracing.exporters import Batch, TraceUpdate
from spanloom.tracing.preview import preview
from spanloom.tracing.redact import Redactor
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.usage import TokenUsage

__all__ = ["make_batch"]

_USAGE_KEYS = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens")


def make_batch(spans: Sequence[Span], redactor: Redactor | None) -> Batch:
    """Redact the spans and sum up what they tell about their traces."""
    added: dict[ActiveTrace, TokenUsage | None] = {}
    roots: dict[ActiveTrace, Span] = {}
    for span in spans:
        if redactor is not None:
            redactor.redact_span(span)
        trace = span.active_trace
        usage = _count(span)
        if trace not in added:
            added[trace] = usage
            roots[trace] = _root(span)
        elif usage is not None:
            before = added[trace]
            added[trace] = usage if before is None else before.plus(usage)
    for trace in added:
        if redactor is not None:
            redactor.redact_trace(trace)
    return Batch(spans, [_update(root, added[trace], redactor) for trace, root in roots.items()])


def _count(span: Span) -> TokenUsage | None:
    """Return what this span adds to its trace's usage.

    A span and those below it report on the same model calls: whoever saw more tokens counts, once.
    """
    attributes = span.attributes_json
    reported = attributes and any(key in attributes for key in _USAGE_KEYS)
    own = TokenUsage.from_attributes(span.attributes) if reported else None
    counted = span.active_trace.counted
    below = counted.pop(span.span_id, None) if counted else None
    usage = own if below is None or (own is not None and own.total >= below.total) else below
    if usage is None:
        return None
    parent = span.parent
    if parent is not None:
        if counted is None:
            counted = span.active_trace.counted = {}
        so_far = counted.get(parent.span_id)
        counted[parent.span_id] = usage if so_far is None else so_far.plus(usage)
    if usage is below:
        return None
    return usage if below is None else usage.plus(below, sign=-1)


def _root(span: Span) -> Span:
    while span.parent is not None:
        span = span.parent
    return span


def _update(root: Span, added_usage: TokenUsage | None, redactor: Redactor | None) -> TraceUpdate:
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
        added_usage=added_usage,
    )
