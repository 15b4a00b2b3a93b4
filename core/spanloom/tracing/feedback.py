"""Logging, reading and changing assessments of stored traces. Names and arguments are MLflow's."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import orjson

from spanloom.errors import NotFoundError, SchemaError
from spanloom.tracing.assessments import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    Feedback,
)
from spanloom.tracing.context import current_span
from spanloom.tracing.ids import new_trace_id, own_trace_id
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings
from spanloom.tracing.snapshot import snapshot
from spanloom.tracing.span import NOOP_SPAN

__all__ = [
    "delete_assessment",
    "get_assessment",
    "log_assessment",
    "log_assessments",
    "log_expectation",
    "log_feedback",
    "update_assessment",
]

_SPAN_ID = re.compile("[0-9a-f]{16}")

_AssessmentT = TypeVar("_AssessmentT", bound=Assessment)

_BY_CODE = AssessmentSource(AssessmentSourceType.CODE)
_BY_HUMAN = AssessmentSource(AssessmentSourceType.HUMAN)


def log_feedback(
    trace_id: str,
    name: str = "feedback",
    value: Any = None,
    *,
    source: AssessmentSource | None = None,
    rationale: str | None = None,
    span_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    error: BaseException | AssessmentError | str | None = None,
) -> Feedback:
    """Say how good a trace, or one span of it, is.

    Args:
        trace_id: The trace; it may still be running or waiting to be written.
        name: What is judged, e.g. `correctness`.
        value: The judgement: a boolean, a number, a text, or lists and dictionaries of them.
        source: Who judged; code by default.
        rationale: Why.
        span_id: The one span that is meant.
        metadata: Further facts, kept as text.
        error: Why there is no judgement, if making it failed.

    Returns:
        The feedback as it is stored, with its `assessment_id`.

    Raises:
        NotFoundError: If there is no such trace.
        SchemaError: If there is neither a value nor a rationale nor an error, or one of them, the name, the source or
            the span is none; NaN and infinity are no values.
        StoreError: If the store can't be written.

    Example:
        >>> judge = AssessmentSource(AssessmentSourceType.LLM_JUDGE, "gpt-5")
        >>> spanloom.log_feedback(trace_id, "relevance", 0.9, source=judge, rationale="answers the question")
    """
    if value is None and rationale is None and error is None:
        raise SchemaError(f"log_feedback({trace_id!r}, {name!r}): give a value, a rationale or an error")
    feedback = Feedback(
        name,
        value,
        source=source or _BY_CODE,
        rationale=rationale,
        span_id=span_id,
        metadata=metadata,
        error=error,
    )
    return log_assessment(trace_id, feedback)


def log_expectation(
    trace_id: str,
    name: str,
    value: Any,
    *,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Expectation:
    """Say what a trace, or one span of it, should have answered or done.

    Args:
        trace_id: The trace; it may still be running or waiting to be written.
        name: What is expected, e.g. `expected_answer`.
        value: Any JSON value.
        source: Who says so; a human by default.
        metadata: Further facts, kept as text.
        span_id: The one span that is meant.

    Returns:
        The expectation as it is stored, with its `assessment_id`.

    Raises:
        NotFoundError: If there is no such trace.
        SchemaError: If the value is `None`.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.log_expectation(trace_id, "expected_answer", "Paris")
    """
    if value is None:
        raise SchemaError(f"log_expectation({trace_id!r}, {name!r}): give a value; None expects nothing")
    expectation = Expectation(name, value, source=source or _BY_HUMAN, metadata=dict(metadata or {}), span_id=span_id)
    return log_assessment(trace_id, expectation)


def log_assessment(trace_id: str, assessment: _AssessmentT) -> _AssessmentT:
    """Store a feedback or an expectation that was built beforehand, as a new one of this trace.

    Raises:
        NotFoundError: If there is no such trace.
        StoreError: If the store can't be written.
    """
    _check(assessment)
    stored = _storable(replace(assessment, trace_id=own_trace_id(trace_id), assessment_id=f"a-{new_trace_id()}"))
    if trace_id == NOOP_SPAN.trace_id:
        return stored  # of a trace that was not recorded: taken, and not kept
    pipeline.flush()
    span = current_span()
    running = span is not None and span.trace_id == trace_id
    if span is not None and running and span.active_trace.held is not None:
        span.active_trace.held.wanted = True
    if not pipeline.store().log_assessment(stored, trace_may_follow=running):
        raise NotFoundError(
            f"there is no trace {trace_id!r} in the store, so nothing can be said about it; "
            "spanloom.search_traces() lists those there are"
        )
    return stored


def log_assessments(assessments: Sequence[_AssessmentT]) -> list[_AssessmentT]:
    """Store assessments that name their traces, in one transaction; of a trace that is unknown none is kept.

    Returns:
        Each as it is stored, or would be.

    Raises:
        StoreError: If the store can't be written.
    """
    stored = [_storable(replace(one, assessment_id=f"a-{new_trace_id()}")) for one in assessments]
    pipeline.flush()
    pipeline.store().log_assessments(stored)
    return stored


def get_assessment(trace_id: str, assessment_id: str) -> Feedback | Expectation:
    """Return an assessment of a trace.

    Raises:
        NotFoundError: If the trace has none of this id.
        StoreError: If the store can't be read.
    """
    found = pipeline.store().get_assessment(own_trace_id(trace_id), assessment_id)
    if found is None:
        raise _not_found(trace_id, assessment_id)
    return found


def update_assessment(trace_id: str, assessment_id: str, assessment: _AssessmentT) -> _AssessmentT:
    """Change an assessment: its name, value and error, and what else the new one says.

    A rationale that is `None` leaves the present one, metadata is added to what is there; who assessed, which span, and
    when it was first logged stay as they are.

    Args:
        trace_id: The trace.
        assessment_id: The assessment of it to change.
        assessment: What it shall say; of the same type.

    Returns:
        The assessment as it is stored.

    Raises:
        NotFoundError: If the trace has no assessment of this id.
        SchemaError: If a feedback shall become an expectation, or the other way round.
        StoreError: If the store can't be written.

    Example:
        >>> first = spanloom.log_feedback(trace_id, "correctness", False)
        >>> spanloom.update_assessment(trace_id, first.assessment_id, Feedback("correctness", True))
    """
    present = get_assessment(trace_id, assessment_id)
    if type(present) is not type(assessment):
        raise SchemaError(
            f"the assessment {assessment_id!r} is of type {present.type!r} and stays one; expected a "
            f"{type(present).__name__}, got {type(assessment).__name__}"
        )
    _check(assessment)
    changed = _storable(
        replace(
            assessment,
            trace_id=own_trace_id(trace_id),
            assessment_id=assessment_id,
            source=present.source,
            span_id=present.span_id,
            rationale=assessment.rationale if assessment.rationale is not None else present.rationale,
            metadata={**present.metadata, **assessment.metadata},
            create_time_ms=present.create_time_ms,
            last_update_time_ms=time.time_ns() // 1_000_000,
        )
    )
    if not pipeline.store().update_assessment(changed):
        raise _not_found(trace_id, assessment_id)  # deleted in the meantime
    return changed


def delete_assessment(trace_id: str, assessment_id: str) -> None:
    """Delete an assessment of a trace.

    Raises:
        NotFoundError: If the trace has none of this id.
        StoreError: If the store can't be written.
    """
    if not pipeline.store().delete_assessment(own_trace_id(trace_id), assessment_id):
        raise _not_found(trace_id, assessment_id)


def _storable(assessment: _AssessmentT) -> _AssessmentT:
    """Return the assessment with a JSON value that later changes cannot reach, redacted."""
    assessment = replace(assessment, value=orjson.loads(snapshot(assessment.value)))
    return Redactor(settings.redact).redact_assessment(assessment) if settings.redact else assessment


def _check(assessment: Assessment) -> None:
    """Refuse what is of the wrong kind, or what JSON has no word for.

    Raises:
        SchemaError: If there is such a thing.
    """
    what = f"{type(assessment).__name__}({assessment.name!r})"
    if not isinstance(assessment.name, str) or not assessment.name:
        raise SchemaError(f"{what}: expected a name, e.g. 'correctness'")
    if not isinstance(assessment.source, AssessmentSource):
        raise SchemaError(
            f"{what}: source is an AssessmentSource, e.g. spanloom.AssessmentSource('HUMAN', 'ann'), "
            f"not {assessment.source!r}"
        )
    if assessment.span_id is not None and not _SPAN_ID.fullmatch(str(assessment.span_id)):
        raise SchemaError(f"{what}: span_id is 16 hex digits, as `span.span_id` says, not {assessment.span_id!r}")
    if isinstance(assessment.value, float) and not math.isfinite(assessment.value):
        raise SchemaError(f"{what}: {assessment.value} is no value that can be kept; say with `error` what went wrong")


def _not_found(trace_id: str, assessment_id: str) -> NotFoundError:
    return NotFoundError(
        f"the trace {trace_id!r} has no assessment {assessment_id!r}; "
        "spanloom.get_trace(trace_id).info.assessments lists those it has"
    )
