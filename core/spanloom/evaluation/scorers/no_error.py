"""The scorer of errors on the way to an answer."""

from __future__ import annotations

from spanloom.evaluation.scorers.verdict import recorded, shown, verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.traces import Trace
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["NoError"]


class NoError(Scorer):
    """Whether no span of the trace failed, not even one that the agent recovered from, such as a tool it called again.

    Example:
        >>> NoError()(trace=trace).rationale
        "get_weather (TOOL): 'TimeoutError: no answer'"
    """

    name: str = "no_error"
    description: str | None = "Whether nothing failed on the way to the answer."

    def __call__(self, *, trace: Trace | None) -> Feedback:
        """Score one row."""
        spans = recorded(self, trace).search_spans()
        failed = [
            f"{span.name} ({span.span_type}): {shown(span.status_message)}"
            for span in spans
            if span.status == SpanStatus.ERROR
        ]
        return verdict(self, not failed, "; ".join(failed) or f"None of {len(spans)} spans failed.")
