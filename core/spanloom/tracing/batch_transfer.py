"""Batches of finished spans, handed from a worker process to the one that keeps the store."""

from __future__ import annotations

import io
import pickle
from typing import Any

from spanloom.tracing.exporters import Batch
from spanloom.tracing.span import ActiveTrace, Span

__all__ = ["dump_batch", "load_batch"]

_TRACE_FACTS = (
    "client_request_id",
    "metadata",
    "remote_parent_id",
    "request_preview",
    "response_preview",
    "session_id",
    "state",
    "tags",
    "user",
)
_SPAN_FACTS = (
    "attributes_json",
    "end_time_ns",
    "event_records",
    "inputs_json",
    "outputs_json",
    "owner",
    "span_id",
    "status",
    "status_message",
)


class _BatchPickler(pickle.Pickler):
    """Leaves out what spans hold of their process: who is told of their end, and parents that are still open."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, ActiveTrace):
            facts = {name: getattr(value, name) for name in _TRACE_FACTS}
            return _trace, (value.experiment, value.trace_id, facts)
        if isinstance(value, Span):
            parent = value.parent.span_id if value.parent is not None else None
            facts = {name: getattr(value, name) for name in _SPAN_FACTS}
            return _span, (value.active_trace, value.name, value.span_type, parent, value.start_time_ns, facts)
        return NotImplemented


def dump_batch(batch: Batch) -> bytes:
    """Return the batch for another process of the same program, and the same version of spanloom."""
    data = io.BytesIO()
    _BatchPickler(data, protocol=5).dump(batch)
    return data.getvalue()


def load_batch(data: bytes) -> Batch:
    """Return the batch that a worker of ours dumped; whoever made the data can run code here."""
    batch: Batch = pickle.loads(data)  # noqa: S301 - of our own workers, who run the user's code anyway
    return batch


def _trace(experiment: str, trace_id: str, facts: dict[str, Any]) -> ActiveTrace:
    trace = ActiveTrace(experiment, trace_id)
    _set(trace, facts)
    return trace


def _span(
    trace: ActiveTrace, name: str, span_type: str, parent_id: str | None, start_time_ns: int, facts: dict[str, Any]
) -> Span:
    parent = None
    if parent_id is not None:
        parent = Span(trace, "", "", None, _ignore)
        parent.span_id = parent_id
    span = Span(trace, name, span_type, parent, _ignore, start_time_ns)
    _set(span, facts)
    return span


def _set(owner: ActiveTrace | Span, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(owner, name, value)


def _ignore(_span: Span) -> None: ...
