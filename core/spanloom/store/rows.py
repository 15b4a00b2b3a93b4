"""Spans and traces as rows of a store, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson

from spanloom.tracing import attributes
from spanloom.tracing.assessments import Assessment
from spanloom.tracing.exporters import TraceUpdate
from spanloom.tracing.span import Span
from spanloom.tracing.traces import ReadableSpan, TraceInfo
from spanloom.tracing.usage import TokenUsage

__all__ = [
    "DELETE_FROM",
    "INSERT_SPAN",
    "NEWEST_SPAN",
    "SELECT_CHANGED",
    "SELECT_SPANS",
    "SPAN_COLUMNS",
    "TRACE_COLUMNS",
    "UPSERT_TRACE",
    "Row",
    "readable_span",
    "span_row",
    "trace_info",
    "trace_row",
]

SPAN_COLUMNS: Final = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "span_type",
    "start_time_ns",
    "end_time_ns",
    "status",
    "status_message",
    "inputs",
    "outputs",
    "attributes",
    "events",
    "model",
)
INSERT_SPAN: Final = f"INSERT INTO spans ({', '.join(SPAN_COLUMNS)}) VALUES ({', '.join('?' * len(SPAN_COLUMNS))})"  # noqa: S608 - constants

_USAGE = TokenUsage._fields
_SUMS = (*_USAGE, "cost")
_UNKNOWN = TokenUsage()
TRACE_COLUMNS: Final = (
    "trace_id",
    "experiment",
    "name",
    "state",
    "start_time_ns",
    "execution_duration",
    "request_preview",
    "response_preview",
    "client_request_id",
    "session_id",
    '"user"',  # a keyword in PostgreSQL
    "metadata",
    "tags",
    *_SUMS,
)

# Several batches, and several processes, report on one trace: usage and cost are added to what is there; everything
# else is told by the part that began first.
UPSERT_TRACE: Final = (
    f"INSERT INTO traces ({', '.join(TRACE_COLUMNS)}) VALUES ({', '.join('?' * len(TRACE_COLUMNS))}) "  # noqa: S608 - constants
    "ON CONFLICT (trace_id) DO UPDATE SET "
    + ", ".join(
        f"{column} = CASE WHEN excluded.start_time_ns <= traces.start_time_ns THEN excluded.{column} "
        f"ELSE traces.{column} END"
        for column in TRACE_COLUMNS[1 : -len(_SUMS)]
    )
    + "".join(
        f", {column} = CASE WHEN excluded.{column} IS NULL THEN traces.{column} "
        f"ELSE coalesce(traces.{column}, 0) + excluded.{column} END"
        for column in _SUMS
    )
)

# One parameter for any number of ids: no limit on the number of placeholders is met. `ids` is the dialect's.
SELECT_SPANS: Final = (
    f"SELECT {', '.join(f'spans.{column}' for column in SPAN_COLUMNS)} "  # noqa: S608 - constants
    "FROM {ids} JOIN spans ON spans.trace_id = wanted.value ORDER BY spans.start_time_ns, spans.number DESC"
)

NEWEST_SPAN: Final = "SELECT coalesce(max(number), 0) FROM spans"
SELECT_CHANGED: Final = "SELECT DISTINCT trace_id FROM spans WHERE number > ?"

DELETE_FROM: Final = "DELETE FROM {table} WHERE trace_id IN (SELECT wanted.value FROM {ids})"


class Row(Protocol):
    """A row of any engine, by the names of its columns."""

    def __getitem__(self, column: str, /) -> Any: ...

    def keys(self) -> Iterable[str]: ...


def span_row(span: Span) -> tuple[Any, ...]:
    """Return the values of one row of `spans`."""
    facts = span.attributes_json
    return (
        span.active_trace.trace_id,
        span.span_id,
        span.parent_id,
        span.name,
        span.span_type,
        span.start_time_ns,
        span.end_time_ns,
        span.status,
        span.status_message,
        span.inputs_json.decode() if span.inputs_json is not None else None,
        span.outputs_json.decode() if span.outputs_json is not None else None,
        orjson.dumps({key: orjson.Fragment(value) for key, value in facts.items()}).decode() if facts else None,
        orjson.dumps(list(span.event_records)).decode() if span.event_records else None,
        _model(facts) if facts else None,
    )


def _model(facts: Mapping[str, bytes]) -> str | None:
    model = orjson.loads(facts.get(attributes.REQUEST_MODEL, b"null"))
    return model if isinstance(model, str) else None


def readable_span(row: Row) -> ReadableSpan:
    """Return the span that a row of `spans` holds."""
    return ReadableSpan(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_id=row["parent_id"],
        name=row["name"],
        span_type=row["span_type"],
        start_time_ns=row["start_time_ns"],
        end_time_ns=row["end_time_ns"],
        status=row["status"],
        status_message=row["status_message"],
        inputs=_loads(row["inputs"], None),
        outputs=_loads(row["outputs"], None),
        attributes=_loads(row["attributes"], {}),
        events=_loads(row["events"], []),
    )


def trace_row(update: TraceUpdate) -> tuple[Any, ...]:
    """Return the values of one row of `traces`."""
    trace, start, end = update.trace, update.start_time_ns, update.end_time_ns
    return (
        trace.trace_id,
        trace.experiment,
        trace.tags.get(attributes.MLFLOW_TRACE_NAME) or update.name,
        update.state,
        start,
        (end - start) // 1_000_000 if end is not None else None,
        update.request_preview,
        update.response_preview,
        trace.client_request_id,
        trace.session_id,
        trace.user,
        orjson.dumps(trace.metadata).decode(),
        orjson.dumps(trace.tags).decode(),
        *(update.added_usage or _UNKNOWN),
        update.added_cost,
    )


def trace_info(row: Row, assessments: Sequence[Assessment]) -> TraceInfo:
    """Return the facts that a row of `traces` holds, with the assessments of that trace."""
    usage = TokenUsage(*(row[column] for column in _USAGE))
    return TraceInfo(
        trace_id=row["trace_id"],
        experiment=row["experiment"],
        name=row["name"],
        state=row["state"],
        request_time=row["start_time_ns"] // 1_000_000,
        execution_duration=row["execution_duration"],
        request_preview=row["request_preview"],
        response_preview=row["response_preview"],
        client_request_id=row["client_request_id"],
        session_id=row["session_id"],
        user=row["user"],
        trace_metadata=_loads(row["metadata"], {}),
        tags=_loads(row["tags"], {}),
        token_usage=usage if usage != _UNKNOWN else None,
        cost=row["cost"],
        assessments=list(assessments),
    )


def _loads(text: str | None, absent: Any) -> Any:
    return orjson.loads(text) if text is not None else absent
