"""How received spans join the traces that the store has.

The spans of one trace come in any order, in several requests, from several services, and some of them twice. What is
written about a trace is therefore worked out anew, each time, from the spans that are stored and those that came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from spanloom.otlp.receive.spans import ReceivedSpan, span_of
from spanloom.tracing.exporters import Batch, TraceQuery, TraceStore, TraceUpdate
from spanloom.tracing.ingest import stand_in, stored_spans
from spanloom.tracing.preview import preview
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.totals import Totals, count
from spanloom.tracing.traces import Trace, TraceInfo

__all__ = ["batch_of"]

_IN_PROGRESS = "IN_PROGRESS"


def batch_of(received: Iterable[ReceivedSpan], store: TraceStore) -> Batch:
    """Return what is to be written, redacted. Spans that the store has are left out: they were sent again."""
    by_trace: dict[str, dict[str, ReceivedSpan]] = {}
    for span in received:
        by_trace.setdefault(span.trace_id, {}).setdefault(span.span_id, span)
    stored = {trace.info.trace_id: trace for trace in _stored(store, list(by_trace))}
    redactor = Redactor(settings.redact) if settings.redact else None
    spans: list[Span] = []
    updates: list[TraceUpdate] = []
    for trace_id, sent in by_trace.items():
        joined = _join(trace_id, sent, stored.get(trace_id), redactor)
        if joined is not None:
            spans += joined.added
            updates.append(joined.update)
    return Batch(spans, updates)


def _stored(store: TraceStore, trace_ids: Sequence[str]) -> list[Trace]:
    if not trace_ids:
        return []
    return store.search_traces(TraceQuery(trace_ids=trace_ids, max_results=len(trace_ids)))


class _Joined(NamedTuple):
    """What is to be written about one trace; of the spans, the deepest first."""

    added: list[Span]
    update: TraceUpdate


def _join(
    trace_id: str, sent: Mapping[str, ReceivedSpan], stored: Trace | None, redactor: Redactor | None
) -> _Joined | None:
    active = _active_trace(trace_id, stored.info if stored is not None else None)
    present = stored_spans(active, stored.data.spans) if stored is not None else []
    known = {span.span_id for span in present}
    new = [span for span_id, span in sent.items() if span_id not in known]
    if not new:
        return None
    before = _totals(_deepest_first(present)) if present else Totals()
    # The root has the first say about session and user.
    added = [span_of(span, active) for span in sorted(new, key=_says_first)]
    spans = [*present, *added]
    _link(active, spans, {span.span_id: span.parent_id for span in new})
    if redactor is not None:
        redactor.redact_trace(active)
        for span in added:
            redactor.redact_span(span)
    ordered = _deepest_first(spans)
    totals = _totals(ordered).plus(before, -1)
    update = _update(active, spans, {span.span_id for span in new if span.enters}, stored, totals)
    return _Joined([span for span in ordered if span.span_id not in known], update)


def _active_trace(trace_id: str, info: TraceInfo | None) -> ActiveTrace:
    active = ActiveTrace(info.experiment if info is not None else settings.experiment, trace_id)
    if info is not None:
        active.tags, active.metadata = dict(info.tags), dict(info.trace_metadata)
        active.session_id, active.user, active.client_request_id = info.session_id, info.user, info.client_request_id
    return active


def _says_first(span: ReceivedSpan) -> tuple[bool, int]:
    return span.parent_id is not None, span.start_time


def _link(active: ActiveTrace, spans: Sequence[Span], parents: Mapping[str, str | None]) -> None:
    """Give each span its parent; of a circle, which only a faulty sender makes, one span becomes a root."""
    by_id = {span.span_id: span for span in spans}
    wanted = [(span, parents.get(span.span_id, span.parent_id)) for span in spans]
    for span in spans:
        span.parent = None
    for span, parent_id in wanted:
        if parent_id is None:
            continue
        parent = by_id.get(parent_id)
        above = parent
        while above is not None and above is not span:
            above = above.parent
        if above is None:
            span.parent = parent if parent is not None else stand_in(active, parent_id)


def _deepest_first(spans: Sequence[Span]) -> list[Span]:
    depths: dict[int, int] = {}
    for span in spans:
        path: list[Span] = []
        at: Span | None = span
        while at is not None and id(at) not in depths:
            path.append(at)
            at = at.parent
        depth = depths[id(at)] if at is not None else -1
        for each in reversed(path):
            depth += 1
            depths[id(each)] = depth
    return sorted(spans, key=lambda span: -depths[id(span)])


def _totals(deepest_first: Sequence[Span]) -> Totals:
    total = Totals()
    for span in deepest_first:
        total = total.plus(count(span))
    for span in deepest_first[:1]:
        span.active_trace.counted = None  # it is counted again when more has come
    return total


def _update(
    active: ActiveTrace, spans: Sequence[Span], entries: set[str], stored: Trace | None, added: Totals
) -> TraceUpdate:
    """Tell about the trace what its root says, or, before that has come, the first span below it.

    Args:
        active: The facts of the trace.
        spans: All its spans.
        entries: Those of the new ones that another process asked for: where its spans go elsewhere, they end the trace.
        stored: What the store has of it.
        added: What the new spans add to usage and cost.
    """
    top = _top(spans)
    start = min(span.start_time_ns for span in spans)
    info = (
        stored.info if stored is not None and any(top.span_id == each.span_id for each in stored.data.spans) else None
    )
    complete = top.parent is None or top.span_id in entries or (info is not None and info.state != _IN_PROGRESS)
    asked, answered = _first_with(spans, top, "inputs_json"), _first_with(spans, top, "outputs_json")
    request = preview(asked.inputs_json, "user") if asked is not None else None
    response = preview(answered.outputs_json, "assistant") if answered is not None else None
    return TraceUpdate(
        trace=active,
        name=top.name,
        state=top.status if complete else _IN_PROGRESS,
        # Clocks differ: a part that seems to begin before the root must not hide what the root says.
        start_time_ns=start,
        end_time_ns=start + (top.end_time_ns or 0) - top.start_time_ns if complete else None,
        request_preview=(info.request_preview if info is not None else None) or request,
        response_preview=(info.response_preview if info is not None else None) or response,
        added_usage=added.usage,
        added_cost=added.cost,
    )


def _top(spans: Sequence[Span]) -> Span:
    present = {span.span_id for span in spans}
    roots = [span for span in spans if span.parent is None]
    highest = roots or [span for span in spans if span.parent is not None and span.parent.span_id not in present]
    return min(highest or spans, key=lambda span: span.start_time_ns)


def _first_with(spans: Sequence[Span], top: Span, content: str) -> Span | None:
    """Return the span that shows what a trace was asked or answered: not always the root, which may be a web server."""
    telling = [span for span in spans if getattr(span, content) is not None]
    return top if top in telling else min(telling, key=lambda span: span.start_time_ns, default=None)
