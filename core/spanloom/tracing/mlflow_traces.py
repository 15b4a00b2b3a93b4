"""Traces as MLflow 3 writes them (`mlflow.entities.Trace.to_json`), converted to ours.

Its ids are base64, the values of its span attributes are JSON text inside JSON, and what we keep in fields (span type,
inputs, outputs, tokens, session, user) stands in attributes, tags and metadata named `mlflow.*`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from spanloom.errors import SchemaError
from spanloom.tracing.assessments import Assessment, AssessmentError, AssessmentSource, Expectation, Feedback
from spanloom.tracing.attributes import MLFLOW_KEYS, MLFLOW_SESSION, MLFLOW_TRACE_NAME, MLFLOW_USER
from spanloom.tracing.ids import own_trace_id
from spanloom.tracing.json_text import json_or_text
from spanloom.tracing.mlflow_attributes import span_facts, token_usage, total_cost
from spanloom.tracing.traces import ReadableSpan, Trace, TraceData, TraceInfo
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["from_mlflow", "is_mlflow"]

_PREFIX = "tr-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_STATUSES: Final = {
    "STATUS_CODE_OK": SpanStatus.OK,
    "STATUS_CODE_ERROR": SpanStatus.ERROR,
    "STATUS_CODE_UNSET": SpanStatus.UNSET,
}
_BOOKKEEPING: Final = frozenset(
    {
        "mlflow.artifactLocation",
        "mlflow.trace.cost",
        "mlflow.trace.infoFinalized",
        MLFLOW_SESSION,
        "mlflow.trace.sizeBytes",
        "mlflow.trace.sizeStats",
        "mlflow.trace.spansLocation",
        "mlflow.trace.tokenUsage",
        MLFLOW_USER,
        "mlflow.traceInputs",
        MLFLOW_TRACE_NAME,
        "mlflow.traceOutputs",
        "mlflow.trace_schema.version",
    }
)
"""Tags and metadata that say how MLflow keeps a trace, or repeat what has a field of its own."""


def is_mlflow(document: Any) -> bool:
    """Whether a JSON value is a trace in MLflow's form."""
    info = document.get("info") if isinstance(document, dict) else None
    return isinstance(info, dict) and ("trace_location" in info or str(info.get("trace_id")).startswith(_PREFIX))


def from_mlflow(document: Mapping[str, Any]) -> Trace:
    """Convert a trace.

    The experiment keeps its id as name; assessments that others override, and references to issues, are left out.

    Raises:
        SchemaError: If a part is missing or is not what MLflow writes.
    """
    try:
        spans = [_span(span) for span in document["data"]["spans"]]
        trace_id = spans[0].trace_id if spans else _trace_id(document["info"]["trace_id"])
        spans.sort(key=lambda span: span.start_time_ns)
        return Trace(_info(document["info"], trace_id, spans), TraceData(spans))
    except SchemaError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SchemaError(
            f"this looks like a trace of MLflow, but is not what its Trace.to_json() writes ({error!r})"
        ) from error


def _info(info: Mapping[str, Any], trace_id: str, spans: list[ReadableSpan]) -> TraceInfo:
    tags, metadata = info.get("tags") or {}, info.get("trace_metadata") or {}
    roots = [span.name for span in spans if span.parent_id is None]
    state = info.get("state")
    experiment = (info.get("trace_location") or {}).get("mlflow_experiment") or {}
    return TraceInfo(
        trace_id=trace_id,
        experiment=str(experiment.get("experiment_id", "Default")),
        name=tags.get(MLFLOW_TRACE_NAME) or (roots[0] if roots else trace_id),
        state=state if state in ("OK", "ERROR") else "IN_PROGRESS",
        request_time=_milliseconds(info["request_time"]),
        execution_duration=_duration(info),
        request_preview=info.get("request_preview"),
        response_preview=info.get("response_preview"),
        client_request_id=info.get("client_request_id"),
        session_id=metadata.get(MLFLOW_SESSION),
        user=metadata.get(MLFLOW_USER),
        trace_metadata=_labels(metadata),
        tags=_labels(tags),
        token_usage=token_usage(json_or_text(metadata.get("mlflow.trace.tokenUsage"))),
        cost=total_cost(json_or_text(metadata.get("mlflow.trace.cost"))),
        assessments=[
            _assessment(said, trace_id)
            for said in info.get("assessments") or ()
            if said.get("valid", True) and ("feedback" in said or "expectation" in said)
        ],
    )


def _span(span: Mapping[str, Any]) -> ReadableSpan:
    # JSON text, but for the rare ones that other writers left as they are.
    told = span_facts({key: json_or_text(value) for key, value in (span.get("attributes") or {}).items()})
    status = span.get("status") or {}
    start = int(span["start_time_unix_nano"])
    return ReadableSpan(
        trace_id=_hex(span["trace_id"]),
        span_id=_hex(span["span_id"]),
        parent_id=_hex(span["parent_span_id"]) if span.get("parent_span_id") else None,
        name=span["name"],
        span_type=told.span_type or SpanType.UNKNOWN,
        start_time_ns=start,
        end_time_ns=int(span.get("end_time_unix_nano") or start),
        status=_STATUSES.get(status.get("code", ""), SpanStatus.UNSET),
        status_message=status.get("message") or "",
        inputs=told.inputs,
        outputs=told.outputs,
        attributes=told.attributes,
        events=[_event(event) for event in span.get("events") or ()],
    )


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    facts = dict(event.get("attributes") or {})
    return {"name": event["name"], "time_unix_nano": int(event["time_unix_nano"]), "attributes": facts}


def _assessment(said: Mapping[str, Any], trace_id: str) -> Assessment:
    source = said.get("source") or {}
    common: dict[str, Any] = {
        "name": said["assessment_name"],
        "source": AssessmentSource(source.get("source_type", "CODE"), source.get("source_id") or "default"),
        "trace_id": trace_id,
        "span_id": said.get("span_id"),
        "rationale": said.get("rationale"),
        "metadata": dict(said.get("metadata") or {}),
        "create_time_ms": _milliseconds(said["create_time"]),
        "last_update_time_ms": _milliseconds(said.get("last_update_time") or said["create_time"]),
        "assessment_id": said["assessment_id"],
    }
    if "expectation" in said:
        expectation = said["expectation"]
        serialized = expectation.get("serialized_value")
        value = orjson.loads(serialized["value"]) if serialized else expectation.get("value")
        return Expectation(value=value, **common)
    error = said["feedback"].get("error") or said.get("error")
    return Feedback(
        value=said["feedback"].get("value"), error=AssessmentError(**error) if error is not None else None, **common
    )


def _labels(values: Mapping[str, Any]) -> dict[str, str]:
    return {MLFLOW_KEYS.get(key, key): str(value) for key, value in values.items() if key not in _BOOKKEEPING}


def _hex(identifier: str) -> str:
    """Return an id in hex: 8 bytes are 12 characters of base64, 16 are 24."""
    if len(identifier) in (16, 32):
        return identifier.lower()
    try:
        return base64.b64decode(identifier, validate=True).hex()
    except binascii.Error as error:
        raise ValueError(f"{identifier!r} is no id in base64 or hex") from error


def _trace_id(identifier: str) -> str:
    return own_trace_id(identifier.rpartition("/")[2])


def _milliseconds(time: str) -> int:
    return (datetime.fromisoformat(time) - _EPOCH) // timedelta(milliseconds=1)


def _duration(info: Mapping[str, Any]) -> int | None:
    if info.get("execution_duration_ms") is not None:
        return int(info["execution_duration_ms"])
    seconds = info.get("execution_duration")  # protobuf's JSON: "0.863s"
    return round(float(seconds.removesuffix("s")) * 1000) if seconds else None
