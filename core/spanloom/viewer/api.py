"""What the pages ask for: JSON. Nothing here loads more than one page of traces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

import spanloom
from spanloom.tracing.assessments import AssessmentSource, AssessmentSourceType
from spanloom.tracing.statistics import GroupBy
from spanloom.web.errors import HttpError

__all__ = ["router"]

router = APIRouter(prefix="/api")

_MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=_MAX_LIMIT)]
_LAST_MS = (2**63 - 1) // 1_000_000
"""Of the year 2262: the store keeps nanoseconds, in 64 bits."""
Moment = Annotated[int | None, Query(ge=0, le=_LAST_MS)]


class FeedbackRequest(BaseModel):
    """What a person says about a trace, or about one span of it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("helpful", min_length=1, max_length=100)
    value: bool | float | str
    rationale: str | None = Field(None, max_length=10_000)
    span_id: str | None = Field(None, max_length=100)


class FeedbackChange(BaseModel):
    """What a person says instead; without a rationale the present one stays, an empty one removes it."""

    model_config = ConfigDict(extra="forbid")

    value: bool | float | str
    rationale: str | None = Field(None, max_length=10_000)


# Plain functions: the store blocks, so each runs in a thread of its own.
@router.get("/traces", summary="Search traces")
def search(
    filter: str | None = None,  # noqa: A002 - the search language's own word
    order_by: str | None = None,
    page_token: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return one page of the traces that fit, newest first unless ordered otherwise."""
    return _page(filter, order_by, page_token, limit)


@router.get("/traces/{trace_id}", summary="Return a trace with its spans")
def trace(trace_id: str) -> dict[str, Any]:
    """Return what `Trace.to_dict` gives."""
    found = spanloom.get_trace(trace_id)
    if found is None:
        raise HttpError(
            404,
            f"there is no trace {trace_id[:100]!r} in this store; it may not be written yet, or be deleted",
            code="not_found",
            param="trace_id",
        )
    return found.to_dict()


@router.post("/traces/{trace_id}/feedback", status_code=201, summary="Log feedback of a person")
def log_feedback(trace_id: str, said: FeedbackRequest) -> dict[str, Any]:
    """Return the feedback as it is stored."""
    stored = spanloom.log_feedback(
        trace_id,
        said.name,
        said.value,
        source=AssessmentSource(AssessmentSourceType.HUMAN),
        rationale=said.rationale or None,
        span_id=said.span_id,
    )
    return stored.to_dict()


@router.put("/traces/{trace_id}/feedback/{assessment_id}", summary="Change feedback of a person")
def change_feedback(trace_id: str, assessment_id: str, said: FeedbackChange) -> dict[str, Any]:
    """Return the feedback as it is stored then."""
    present = _feedback_of_a_person(trace_id, assessment_id)
    changed = spanloom.Feedback(present.name, said.value, rationale=said.rationale)
    return spanloom.update_assessment(trace_id, assessment_id, changed).to_dict()


@router.delete("/traces/{trace_id}/feedback/{assessment_id}", summary="Delete feedback of a person")
def delete_feedback(trace_id: str, assessment_id: str) -> dict[str, Any]:
    """Return the feedback as it was."""
    present = _feedback_of_a_person(trace_id, assessment_id)
    spanloom.delete_assessment(trace_id, assessment_id)
    return present.to_dict()


def _feedback_of_a_person(trace_id: str, assessment_id: str) -> spanloom.Feedback:
    """Return it; what code or a judge said, or is expected, is not for people to change here."""
    found = spanloom.get_assessment(trace_id, assessment_id)
    if isinstance(found, spanloom.Feedback) and found.source.source_type == AssessmentSourceType.HUMAN:
        return found
    raise HttpError(
        403,
        f"{assessment_id[:100]!r} is not feedback of a person: only that can be changed here; "
        "spanloom.update_assessment() changes any",
        code="forbidden",
        param="assessment_id",
    )


@router.get("/sessions/{session_id:path}", summary="Return the traces of a session, oldest first")
def session(session_id: str, page_token: str | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Return one page of them."""
    quoted = session_id.replace("'", "''")
    return _page(f"session = '{quoted}'", "start_time ASC", page_token, limit)


@router.get("/statistics", summary="Return figures of the traces that fit")
def statistics(
    filter: str | None = None,  # noqa: A002 - as above
    group_by: GroupBy | None = None,
    interval: Annotated[int | None, Query(ge=1)] = None,
    start_time_ms: Moment = None,
    end_time_ms: Moment = None,
    max_groups: Limit = 50,
) -> dict[str, Any]:
    """Return what `Statistics.to_dict` gives: a total, groups, and a series over time."""
    return spanloom.get_statistics(
        filter or None,
        group_by=group_by,
        interval=interval,
        start_time=_moment(start_time_ms),
        end_time=_moment(end_time_ms),
        max_groups=max_groups,
    ).to_dict()


def _moment(unix_ms: int | None) -> datetime | None:
    return None if unix_ms is None else datetime.fromtimestamp(unix_ms / 1000, UTC)


def _page(filter: str | None, order_by: str | None, page_token: str | None, limit: int) -> dict[str, Any]:  # noqa: A002 - same
    found = spanloom.search_traces(
        filter or None,
        order_by=order_by or None,
        page_token=page_token or None,
        max_results=limit,
        include_spans=False,
    )
    return {"traces": [each.to_dict()["info"] for each in found], "next_page_token": found.token}
