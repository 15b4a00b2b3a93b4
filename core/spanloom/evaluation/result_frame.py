"""The results of an evaluation as a pandas DataFrame with MLflow's columns."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from spanloom.errors import extra_needed
from spanloom.evaluation.row import RowResult
from spanloom.tracing.frame import COLUMNS, to_frame
from spanloom.tracing.traces import Trace

__all__ = ["result_frame"]


def result_frame(rows: Sequence[RowResult]) -> Any:
    """Return one row per row: the trace's id, scores, expectations, errors, and the columns of the trace.

    Raises:
        MissingExtraError: If pandas is not installed.
    """
    with extra_needed("EvaluationResult.result_df", "pandas", "pandas"):
        pandas = importlib.import_module("pandas")
    scores = [_scores(row) for row in rows]
    traces = [row.trace for row in rows]
    columns = dict.fromkeys(["trace_id", *(name for row in scores for name in row), *COLUMNS])
    frame = pandas.DataFrame(
        [{**_trace_columns(trace, row), **found} for row, found, trace in zip(rows, scores, traces, strict=True)]
    )
    return frame.reindex(columns=list(columns))


def _scores(row: RowResult) -> dict[str, Any]:
    found: dict[str, Any] = {"error": f"{row.error.error_code}: {row.error.error_message}"} if row.error else {}
    for score in row.scores:
        found[f"{score.name}/value"] = score.value
        if score.feedback.rationale is not None:
            found[f"{score.name}/rationale"] = score.feedback.rationale
        if score.feedback.error is not None:
            found[f"{score.name}/error_message"] = score.feedback.error.error_message
    return found | {f"{name}/value": value for name, value in row.expectations.items()}


def _trace_columns(trace: Trace | None, row: RowResult) -> dict[str, Any]:
    if trace is None:  # not recorded, or deleted since
        return {"trace_id": row.trace_id, "request": row.inputs, "response": row.outputs}
    columns: dict[str, Any] = to_frame([trace]).to_dict("records")[0]
    return columns
