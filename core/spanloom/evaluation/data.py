"""From what people have (lists, frames, traces, stored datasets) to rows."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from spanloom.errors import EvaluationError, SchemaError
from spanloom.evaluation.row import Row, with_keys
from spanloom.tracing.json_text import json_or_text
from spanloom.tracing.mlflow_traces import from_mlflow, is_mlflow
from spanloom.tracing.traces import Trace

__all__ = ["records_in", "rows_of"]

_COLUMNS: Final = ("inputs", "outputs", "expectations", "trace", "tags")
_ALIASES: Final = {"request": "inputs", "response": "outputs"}  # of a frame of `search_traces`


def rows_of(data: Any) -> list[Row]:
    """Return the rows of an evaluation's data; see `spanloom.evaluation.evaluate` for the forms it may have.

    Raises:
        EvaluationError: If there are none, or one is not as it should be; the message says which.
    """
    records = [_record(record, number) for number, record in enumerate(records_in(data))]
    if not records:
        raise EvaluationError(
            "evaluate(): the data is empty; give at least one row, e.g. [{'inputs': {'question': …}}]"
        )
    return with_keys([_row(record, number) for number, record in enumerate(records)])


def records_in(data: Any) -> Iterable[Any]:
    """Return what the data holds, one item per row, as it is.

    Raises:
        EvaluationError: If it is nothing that holds rows.
    """
    if hasattr(data, "to_dict") and hasattr(data, "columns"):  # a pandas DataFrame, without importing pandas
        return data.to_dict("records")  # type: ignore[no-any-return]
    if isinstance(data, str | bytes | Mapping) or (not isinstance(data, Iterable) and not hasattr(data, "records")):
        raise EvaluationError(
            f"the data is of type {type(data).__name__}; expected a list of dictionaries, a DataFrame, "
            "a dataset, or a list of traces"
        )
    return data.records if hasattr(data, "records") else data  # type: ignore[no-any-return]


def _record(record: Any, number: int) -> dict[str, Any]:
    if isinstance(record, Trace):
        return {"trace": record}
    if not isinstance(record, Mapping):
        if not hasattr(record, "inputs"):
            raise EvaluationError(
                f"row {number} is of type {type(record).__name__}; expected a dictionary with inputs, or a Trace"
            )
        record = {name: value for name in _COLUMNS if (value := getattr(record, name, None)) is not None}
    found = {str(key): value for key, value in record.items() if not _is_missing(value)}
    if "trace" in found:
        for alias in _ALIASES:
            found.pop(alias, None)  # they are the trace's, as are its tags
        if "trace_id" in found:
            found.pop("tags", None)
    _refuse_slips(found, number)
    return found


def _is_missing(value: Any) -> bool:
    """Whether a frame has nothing in this cell, or a dictionary says nothing by it."""
    return isinstance(value, float) and math.isnan(value)


def _refuse_slips(record: dict[str, Any], number: int) -> None:
    for key in record:
        near = [] if key in _COLUMNS else difflib.get_close_matches(key, _COLUMNS, n=1, cutoff=0.8)
        if near and near[0] not in record:
            raise EvaluationError(
                f"row {number} has {key!r}; did you mean {near[0]!r}? A row has {', '.join(_COLUMNS)}"
            )


def _row(record: dict[str, Any], number: int) -> Row:
    trace = _trace_of(record.get("trace"), number)
    inputs = record.get("inputs")
    if inputs is None and trace is None:
        raise EvaluationError(f"row {number} has neither inputs nor a trace; give one: {{'inputs': {{'question': …}}}}")
    if inputs is None and trace is not None:
        inputs = _root_value(trace, "inputs")
        inputs = inputs if isinstance(inputs, dict) else {"inputs": inputs}
    if not isinstance(inputs, dict) or not all(isinstance(key, str) for key in inputs):
        raise EvaluationError(
            f"row {number}: the inputs are of type {type(inputs).__name__}; expected a dictionary of the arguments of "
            f"predict_fn by name, e.g. {{'question': {inputs!r}}}"
        )
    outputs = record.get("outputs")
    if outputs is None and trace is not None:
        outputs = _root_value(trace, "outputs")
    return Row(
        position=number,
        inputs=inputs,
        outputs=outputs,
        has_outputs=trace is not None or "outputs" in record,
        expectations=_expectations(record.get("expectations"), trace, number),
        trace=trace,
        tags={str(key): str(value) for key, value in (record.get("tags") or {}).items()},
    )


def _trace_of(trace: Any, number: int) -> Trace | None:
    if isinstance(trace, str):
        try:
            document = json_or_text(trace)
            return from_mlflow(document) if is_mlflow(document) else Trace.from_json(trace)
        except SchemaError as error:
            raise EvaluationError(f"row {number}: {error}") from error
    if trace is not None and not isinstance(trace, Trace):
        raise EvaluationError(
            f"row {number}: the trace is of type {type(trace).__name__}; expected a Trace, or its JSON as text"
        )
    return trace


def _root_value(trace: Trace, name: str) -> Any:
    root = next((span for span in trace.data.spans if span.parent_id is None), None)
    return getattr(root, name) if root is not None else None


def _expectations(given: Any, trace: Trace | None, number: int) -> dict[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise EvaluationError(
            f"row {number}: the expectations are of type {type(given).__name__}; expected a dictionary by name, "
            "e.g. {'expected_response': …}"
        )
    logged = trace.search_assessments(type="expectation") if trace is not None else []
    return {**{expectation.name: expectation.value for expectation in logged}, **(given or {})}
