"""Found traces as a pandas DataFrame with MLflow's columns."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from spanloom.errors import extra_needed
from spanloom.tracing.traces import Trace

__all__ = ["COLUMNS", "to_frame"]

COLUMNS: Final = (
    "trace_id",
    "trace",
    "client_request_id",
    "state",
    "request_time",
    "execution_duration",
    "request",
    "response",
    "trace_metadata",
    "tags",
    "spans",
    "assessments",
)


def to_frame(traces: Sequence[Trace]) -> Any:
    """Return a DataFrame with one row per trace; the columns are there without any row, too.

    Raises:
        MissingExtraError: If pandas is not installed.
    """
    with extra_needed("search_traces(return_type='pandas')", "pandas", "pandas"):
        pandas = importlib.import_module("pandas")  # its type stubs are a package of their own
    return pandas.DataFrame([_row(trace) for trace in traces], columns=list(COLUMNS))


def _row(trace: Trace) -> dict[str, Any]:
    info = trace.info
    root = next((span for span in trace.data.spans if span.parent_id is None), None)
    return {
        "trace_id": info.trace_id,
        "trace": trace.to_json(),
        "client_request_id": info.client_request_id,
        "state": info.state,
        "request_time": info.request_time,
        "execution_duration": info.execution_duration,
        "request": root.inputs if root is not None else info.request_preview,
        "response": root.outputs if root is not None else info.response_preview,
        "trace_metadata": info.trace_metadata,
        "tags": info.tags,
        "spans": [asdict(span) for span in trace.data.spans],
        "assessments": [assessment.to_dict() for assessment in info.assessments],
    }
