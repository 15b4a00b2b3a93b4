"""Filling a local store with the traces of the search workload, through the store's own `export`, in batches."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

from measurements.search_workload import RecordedSpan, RecordedTrace, recorded_traces
from spanloom.store import SqliteStore
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.exporters import Batch, TraceUpdate
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.usage import TokenUsage

__all__ = ["Filled", "fill"]

_TRACES_PER_BATCH = 200  # a thousand spans, as the pipeline writes them


class Filled(dict[str, float]):
    """What filling took: `cpu` and `wall` in seconds per span of `export` alone, `bytes` per trace."""


def fill(path: Path, count: int, begin: int = 0, end: int | None = None) -> Filled:
    """Store the traces of the workload from `begin` up to `end`; return what it took."""
    store = SqliteStore(f"sqlite:///{path.absolute()}")
    before = path.stat().st_size
    random.seed(begin)
    cpu = wall = 0.0
    traces, done = recorded_traces(count, begin, end), 0
    while chunk := list(islice(traces, _TRACES_PER_BATCH)):
        ids = [f"{trace.start_ns // 1_000_000:012x}{random.getrandbits(80):020x}" for trace in chunk]
        batch = _batch(chunk, ids)
        started, used = time.perf_counter(), time.process_time()
        store.export(batch)
        cpu, wall = cpu + time.process_time() - used, wall + time.perf_counter() - started
        _assess(store, chunk, ids)
        done += len(chunk)
        if done % 10_000 == 0:
            print(f"{done:,} traces, {cpu / done / 5 * 1e6:.1f} µs CPU per span", file=sys.stderr)
    store.close()
    return Filled(cpu=cpu / done / 5, wall=wall / done / 5, bytes=(path.stat().st_size - before) / done)


def _batch(traces: list[RecordedTrace], ids: list[str]) -> Batch:
    spans: list[Span] = []
    updates: list[TraceUpdate] = []
    for trace, trace_id in zip(traces, ids, strict=True):
        active = ActiveTrace(trace.experiment, trace_id)
        active.tags, active.metadata = trace.tags, trace.metadata
        active.session_id, active.user, active.client_request_id = trace.session, trace.user, trace.request_id
        own = list(_spans(active, trace))
        spans += own[::-1]  # the root ends last
        root = trace.spans[0]
        end_ns = trace.start_ns + trace.duration_ms * 1_000_000
        usage = TokenUsage(*trace.tokens) if trace.tokens is not None else None
        texts = (orjson.loads(root.inputs)[:500], orjson.loads(root.outputs)[:500])
        updates.append(TraceUpdate(active, root.name, trace.status, trace.start_ns, end_ns, *texts, usage, trace.cost))
    return Batch(spans, updates)


def _spans(active: ActiveTrace, trace: RecordedTrace) -> Iterator[Span]:
    root = None
    for recorded in trace.spans:
        span = _span(active, trace, recorded)
        span.parent = root
        root = root or span
        yield span


def _span(active: ActiveTrace, trace: RecordedTrace, recorded: RecordedSpan) -> Span:
    span = Span(active, recorded.name, recorded.type, None, lambda _: None, trace.start_ns + recorded.begin_ns)
    span.end_time_ns = trace.start_ns + recorded.end_ns
    span.status, span.status_message = recorded.status, recorded.message
    span.inputs_json, span.outputs_json = recorded.inputs.encode(), recorded.outputs.encode()
    span.attributes_json = {key: orjson.dumps(value) for key, value in recorded.attributes.items()}
    return span


def _assess(store: SqliteStore, traces: list[RecordedTrace], ids: list[str]) -> None:
    for trace, trace_id in zip(traces, ids, strict=True):
        for name, value in trace.feedback.items():
            store.log_assessment(
                Feedback(name=name, value=value, trace_id=trace_id, assessment_id=f"a-{trace_id}-{name}")
            )
