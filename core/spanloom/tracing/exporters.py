"""What the pipeline hands finished spans to, and what traces are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.traces import Trace
from spanloom.tracing.usage import TokenUsage

__all__ = ["Batch", "SpanExporter", "TraceStore", "TraceUpdate"]


class TraceUpdate(NamedTuple):
    """What a batch tells about a trace: its facts so far, and the usage and cost to add to what was counted before.

    Both come as increments because several processes may work on one trace.

    Attributes:
        trace: Its id, experiment, tags, metadata and whatever else was set on the trace as a whole, redacted.
        name: Of the root span, as are the times, the state and the previews.
        end_time_ns: `None` while the trace is in progress.
    """

    trace: ActiveTrace
    name: str
    state: str
    start_time_ns: int
    end_time_ns: int | None
    request_preview: str | None
    response_preview: str | None
    added_usage: TokenUsage | None
    added_cost: float | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Finished, redacted spans, and the traces they belong to."""

    spans: Sequence[Span]
    traces: Sequence[TraceUpdate]


class SpanExporter(Protocol):
    """Takes batches, one at a time, away from the traced code."""

    def export(self, batch: Batch) -> None:
        """Take a batch. An exception counts its spans as dropped and is reported once."""

    def close(self) -> None:
        """Release what is held; no `export` follows."""


class TraceStore(SpanExporter, Protocol):
    """An exporter that traces can be read from again."""

    def get_trace(self, trace_id: str) -> Trace | None:
        """Return the trace, or `None` if there is none of this id."""

    def search_traces(
        self, *, experiment: str | None = None, max_results: int = 100, include_spans: bool = True
    ) -> list[Trace]:
        """Return the newest traces first."""
