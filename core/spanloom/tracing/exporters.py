"""What the pipeline hands finished spans to, and what traces are read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from spanloom.errors import SchemaError
from spanloom.tracing.assessments import Assessment, Expectation, Feedback
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.statistics import Statistics, StatisticsQuery
from spanloom.tracing.traces import Trace, TraceList
from spanloom.tracing.usage import TokenUsage

__all__ = ["CONTENT_ERRORS", "Batch", "SpanExporter", "TraceQuery", "TraceStore", "TraceUpdate"]


CONTENT_ERRORS: Final = (SchemaError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
"""What says that something in a batch can't be written, now or later; anything else may be over in a moment."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuery:
    """What to search for; see `spanloom.search_traces`.

    Attributes:
        filter: Text of the search language; without one every trace fits.
        experiment: Only traces of this experiment, or of one of these.
        order_by: Columns, each followed by ASC, DESC or nothing; newest first by default.
        max_results: The size of a page.
        page_token: Where the page begins.
        include_spans: Whether spans are loaded, too.
        before_ms: Only traces that began before this Unix time in milliseconds.
        trace_ids: Only these.
        run_id: Only traces that began in this run.
    """

    filter: str | None = None
    experiment: str | Sequence[str] | None = None
    order_by: str | Sequence[str] | None = None
    max_results: int = 100
    page_token: str | None = None
    include_spans: bool = True
    before_ms: int | None = None
    trace_ids: Sequence[str] | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Finished, redacted spans, and the traces they belong to."""

    spans: Sequence[Span]
    traces: Sequence[TraceUpdate]

    def by_span(self) -> Iterator[Batch]:
        """Return a batch for each span, and at last one per trace for what is added to it."""
        updates = {update.trace.trace_id: update for update in self.traces}
        for span in self.spans:
            yield Batch([span], [updates[span.trace_id]._replace(added_usage=None, added_cost=None)])
        for update in self.traces:
            yield Batch([], [update])


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

    def search_traces(self, query: TraceQuery) -> TraceList:
        """Return one page of what fits the query.

        Raises:
            FilterError: If the filter, the order or the page token can't be understood.
        """

    def statistics(self, query: StatisticsQuery) -> Statistics:
        """Return the figures of all traces that fit the query.

        Raises:
            FilterError: If the filter can't be understood.
        """

    def changed_traces(self, cursor: int | None = None) -> tuple[list[str], int]:
        """Return the traces that spans were stored of since a cursor, and the cursor to ask with the next time.

        Args:
            cursor: `None` asks for the traces stored last.

        Returns:
            Ids, every one of them at least once, some again.
        """

    def size_bytes(self) -> int:
        """Return the bytes that the traces and their indexes take; less after some were deleted."""

    def vacuum(self) -> None:
        """Give the space of deleted traces back, and tidy the indexes."""

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""

    def tag_trace(self, trace_id: str, tags: Mapping[str, str | None]) -> bool:
        """Set tags of a trace, and delete those that are `None`; return whether there is such a trace."""

    def log_assessment(self, assessment: Assessment, *, trace_may_follow: bool = False) -> bool:
        """Keep an assessment, which has both its ids; one of the same ids is replaced.

        Args:
            assessment: The assessment.
            trace_may_follow: Keep it although its trace is not stored yet.

        Returns:
            Whether it is kept: not if the trace is unknown.
        """

    def log_assessments(self, assessments: Sequence[Assessment]) -> list[bool]:
        """Keep many in one transaction; return of each whether it is kept: not if its trace is unknown."""

    def get_assessment(self, trace_id: str, assessment_id: str) -> Feedback | Expectation | None:
        """Return the assessment of this trace, or `None` if it has none of this id."""

    def update_assessment(self, assessment: Assessment) -> bool:
        """Replace the assessment that has the same ids; return whether there was one."""

    def delete_assessment(self, trace_id: str, assessment_id: str) -> bool:
        """Delete the assessment; return whether there was one."""
