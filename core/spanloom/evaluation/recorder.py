"""Scores and expectations, logged on the traces of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from spanloom.evaluation.row import RowResult
from spanloom.tracing import attributes
from spanloom.tracing.assessments import AssessmentError, Expectation
from spanloom.tracing.feedback import log_assessments
from spanloom.tracing.redact import REDACTED, Redactor
from spanloom.tracing.settings import settings
from spanloom.tracing.span import NOOP_SPAN

__all__ = ["log_scores"]


def log_scores(run_id: str | None, results: Sequence[RowResult]) -> list[RowResult]:
    """Log what the scorers said of some rows, and what was expected; return the rows with what was kept.

    Errors are redacted here, as the feedback is: what people read of an evaluation is made of both.
    """
    said = [
        replace(score.feedback, trace_id=result.trace_id or NOOP_SPAN.trace_id)
        for result in results
        for score in result.scores
    ]
    feedback = iter(log_assessments(said))
    expected = [expectation for result in results for expectation in _expectations(run_id, result)]
    if expected:
        log_assessments(expected)
    return [
        replace(
            result,
            error=_redacted(result.error),
            scores=[replace(score, feedback=next(feedback)) for score in result.scores],
        )
        for result in results
    ]


def _redacted(error: AssessmentError | None) -> AssessmentError | None:
    if error is None or not settings.redact:
        return error
    said = Redactor(settings.redact).redact_value(asdict(error), ("error",))
    return AssessmentError(**said) if isinstance(said, dict) else AssessmentError(REDACTED)


def _expectations(run_id: str | None, result: RowResult) -> list[Expectation]:
    if result.trace_id is None:
        return []
    metadata = {attributes.SOURCE_RUN: run_id} if run_id is not None else {}
    return [
        Expectation(name, value, trace_id=result.trace_id, metadata=metadata)
        for name, value in result.expectations.items()
        if value is not None and name not in result.known_expectations
    ]
