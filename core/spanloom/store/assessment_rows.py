"""Assessments as rows of a store, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import orjson

from spanloom.store.rows import Row
from spanloom.tracing.assessments import Assessment, Expectation, Feedback
from spanloom.tracing.snapshot import storable_text

__all__ = [
    "DELETE_ASSESSMENT",
    "SELECT_ASSESSMENT",
    "SELECT_ASSESSMENTS",
    "UPDATE_ASSESSMENT",
    "UPSERT_ASSESSMENT",
    "assessment",
    "assessment_row",
]

_COLUMNS = (
    "trace_id",
    "assessment_id",
    "type",
    "name",
    "value",
    "error",
    "source_type",
    "source_id",
    "span_id",
    "rationale",
    "metadata",
    "create_time_ms",
    "last_update_time_ms",
)
_VALUES = ", ".join(f":{column}" for column in _COLUMNS)
_CHANGES = ", ".join(f"{column} = :{column}" for column in _COLUMNS[2:])
_THIS_ONE = "trace_id = :trace_id AND assessment_id = :assessment_id"

UPSERT_ASSESSMENT: Final = (
    f"INSERT INTO assessments ({', '.join(_COLUMNS)}) SELECT {_VALUES} "  # noqa: S608 - constants
    "WHERE :trace_may_follow OR EXISTS (SELECT 1 FROM traces WHERE trace_id = :trace_id) "
    f"ON CONFLICT (trace_id, assessment_id) DO UPDATE SET {_CHANGES}"
)
UPDATE_ASSESSMENT: Final = f"UPDATE assessments SET {_CHANGES} WHERE {_THIS_ONE}"  # noqa: S608 - constants
DELETE_ASSESSMENT: Final = f"DELETE FROM assessments WHERE {_THIS_ONE}"  # noqa: S608 - constants
SELECT_ASSESSMENT: Final = f"SELECT * FROM assessments WHERE {_THIS_ONE}"  # noqa: S608 - constants
SELECT_ASSESSMENTS: Final = (
    "SELECT assessments.* FROM {ids} JOIN assessments ON assessments.trace_id = wanted.value "
    "ORDER BY assessments.sequence"
)


def assessment_row(said: Assessment) -> dict[str, Any]:
    """Return the values of one row of `assessments`, by column."""
    error = said.error if isinstance(said, Feedback) else None
    return {
        "trace_id": said.trace_id,
        "assessment_id": said.assessment_id,
        "type": said.type,
        "name": said.name,
        "value": orjson.dumps(said.value).decode(),
        "error": orjson.dumps(asdict(error)).decode() if error is not None else None,
        "source_type": said.source.source_type,
        "source_id": storable_text(said.source.source_id),
        "span_id": said.span_id,
        "rationale": said.rationale,
        "metadata": orjson.dumps(said.metadata).decode(),
        "create_time_ms": said.create_time_ms,
        "last_update_time_ms": said.last_update_time_ms,
    }


def assessment(row: Row) -> Feedback | Expectation:
    """Return the assessment that a row of `assessments` holds."""
    fields = {column: row[column] for column in row.keys()}  # noqa: SIM118 - sqlite3.Row iterates over values
    del fields["sequence"]
    fields["source"] = {"source_type": fields.pop("source_type"), "source_id": fields.pop("source_id")}
    error = fields.pop("error")
    if error is not None:
        fields["error"] = orjson.loads(error)
    return Assessment.from_dict(
        {**fields, "value": orjson.loads(row["value"]), "metadata": orjson.loads(row["metadata"])}
    )
