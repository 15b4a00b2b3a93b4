"""Putting traces that were recorded elsewhere, or earlier, into the store of this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from spanloom.errors import SchemaError, SpanloomError, StoreError
from spanloom.tracing.exporters import Batch, TraceQuery, TraceStore, TraceUpdate
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.traces import ReadableSpan, Trace, TraceInfo
from spanloom.tracing.vocabulary import SpanType

__all__ = ["Ingested", "ingest_traces", "stand_in", "stored_spans"]

_MS = 1_000_000


class Ingested(NamedTuple):
    """How many traces were stored, and how many left out because the store has one of the same id."""

    imported: int = 0
    skipped: int = 0

    def plus(self, other: Ingested) -> Ingested:
        """Add what another part told."""
        return Ingested(self.imported + other.imported, self.skipped + other.skipped)


def ingest_traces(traces: Sequence[Trace], *, replace: bool = False) -> Ingested:
    """Store whole traces, redacted, in one transaction.

    Args:
        traces: The traces.
        replace: Whether a trace takes the place of one that has the same id; by default it is left out.

    Raises:
        SchemaError: If a trace holds something of the wrong type.
        StoreError: If the store can't be written.
    """
    pipeline.flush()
    store = pipeline.store()
    wanted: dict[str, Trace] = {}
    present = set() if replace else _present(store, [trace.info.trace_id for trace in traces])
    for trace in traces:
        if replace or (trace.info.trace_id not in wanted and trace.info.trace_id not in present):
            wanted[trace.info.trace_id] = trace
    redactor = Redactor(settings.redact) if settings.redact else None
    batch = _batch(list(wanted.values()), redactor)
    try:
        _write(store, batch, list(wanted.values()), redactor, replace=replace)
    except SpanloomError:
        raise
    except Exception as error:
        raise StoreError(f"the traces can't be written to the store: {error}") from error
    return Ingested(len(wanted), len(traces) - len(wanted))


def _present(store: TraceStore, trace_ids: Sequence[str]) -> set[str]:
    query = TraceQuery(trace_ids=trace_ids, max_results=max(1, len(trace_ids)), include_spans=False)
    return {trace.info.trace_id for trace in store.search_traces(query)}


def _write(
    store: TraceStore, batch: Batch, traces: Sequence[Trace], redactor: Redactor | None, *, replace: bool
) -> None:
    if replace:
        store.delete_traces([trace.info.trace_id for trace in traces])
    # Assessments first: whoever is interrupted in between finds no trace, and imports it again with all it has.
    for trace in traces:
        for assessment in trace.info.assessments:
            said = redactor.redact_assessment(assessment) if redactor is not None else assessment
            store.log_assessment(said, trace_may_follow=True)
    store.export(batch)


def _batch(traces: Sequence[Trace], redactor: Redactor | None) -> Batch:
    spans: list[Span] = []
    updates: list[TraceUpdate] = []
    for trace in traces:
        try:
            active = _active_trace(trace.info)
            # As they are written, last ended first, so that spans that began at the same time keep their order.
            own = stored_spans(active, trace.data.spans)[::-1]
            if redactor is not None:
                redactor.redact_trace(active)
                for span in own:
                    redactor.redact_span(span)
            updates.append(_update(active, trace, redactor))
        except (TypeError, ValueError, AttributeError) as error:
            raise SchemaError(f"the trace {trace.info.trace_id!r} can't be stored: {error}") from error
        spans += own
    return Batch(spans, updates)


def _active_trace(info: TraceInfo) -> ActiveTrace:
    active = ActiveTrace(info.experiment, info.trace_id)
    active.tags, active.metadata = dict(info.tags), dict(info.trace_metadata)
    active.session_id, active.user, active.client_request_id = info.session_id, info.user, info.client_request_id
    active.request_preview, active.response_preview = info.request_preview, info.response_preview
    return active


def _update(active: ActiveTrace, trace: Trace, redactor: Redactor | None) -> TraceUpdate:
    info = trace.info
    # The store counts in nanoseconds, `request_time` does not: the root span knows them.
    starts = (span.start_time_ns for span in trace.data.spans if span.start_time_ns // _MS == info.request_time)
    start = min(starts, default=info.request_time * _MS)
    return TraceUpdate(
        trace=active,
        name=info.name if redactor is None else redactor.redact_name(info.name),
        state=info.state,
        start_time_ns=start,
        end_time_ns=start + info.execution_duration * _MS if info.execution_duration is not None else None,
        request_preview=active.request_preview,
        response_preview=active.response_preview,
        added_usage=info.token_usage,
        added_cost=info.cost,
    )


def stored_spans(active: ActiveTrace, stored: Sequence[ReadableSpan]) -> list[Span]:
    """Return spans that were read, as they were before they were written."""
    spans = [_span(active, span) for span in stored]
    by_id = {span.span_id: span for span in spans}
    for span, known in zip(spans, stored, strict=True):
        if known.parent_id is not None:
            span.parent = by_id.get(known.parent_id) or stand_in(active, known.parent_id)
    return spans


def _span(active: ActiveTrace, stored: ReadableSpan) -> Span:
    span = Span(active, stored.name, stored.span_type, None, lambda _: None, stored.start_time_ns)
    span.span_id = stored.span_id
    span.end_time_ns = stored.end_time_ns
    span.status, span.status_message = stored.status, stored.status_message
    span.inputs_json = orjson.dumps(stored.inputs) if stored.inputs is not None else None
    span.outputs_json = orjson.dumps(stored.outputs) if stored.outputs is not None else None
    span.attributes_json = {key: orjson.dumps(value) for key, value in stored.attributes.items()}
    span.event_records = stored.events
    return span


def stand_in(active: ActiveTrace, span_id: str) -> Span:
    """Return what stands in for a parent that is not among the spans: one of another process, or lost."""
    span = Span(active, "", SpanType.UNKNOWN, None, lambda _: None)
    span.span_id = span_id
    return span
