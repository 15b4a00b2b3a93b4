"""From what people have to records that can be merged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from spanloom.errors import EvaluationError
from spanloom.evaluation.data import records_in, rows_of
from spanloom.evaluation.datasets.record import digest_of_json
from spanloom.evaluation.row import Row

__all__ = ["Incoming", "incoming_records"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record before it is in a dataset.

    Attributes:
        content: Its parts that were given, as JSON values; `inputs` is always there.
        inputs_digest: What it is known by.
    """

    content: dict[str, Any]
    inputs_digest: str


def incoming_records(data: Any) -> list[Incoming]:
    """Return the records of a list of dictionaries, a DataFrame, a list of traces, or a dataset.

    Raises:
        EvaluationError: If one is not as it should be; the message says which.
    """
    given = list(records_in(data))
    return [_incoming(record, row) for record, row in zip(given, rows_of(given), strict=True)] if given else []


def _incoming(record: Any, row: Row) -> Incoming:
    content: dict[str, Any] = {"inputs": _json(row.inputs, row, "inputs")}
    if row.has_outputs and row.outputs is not None:
        content["outputs"] = _json(row.outputs, row, "outputs")
    if row.expectations:
        content["expectations"] = _json(row.expectations, row, "expectations")
    if row.tags:
        content["tags"] = row.tags
    content["source"] = _source(record, row)
    return Incoming(content, digest_of_json(content["inputs"]))


def _source(record: Any, row: Row) -> dict[str, Any]:
    """Return where a record comes from; as in MLflow, from a human if something is expected and nobody says else."""
    if row.trace is not None:
        info = row.trace.info
        session = {"session_id": info.session_id} if info.session_id is not None else {}
        return {"source_type": "TRACE", "source_data": {"trace_id": info.trace_id, **session}}
    given = record.get("source") if isinstance(record, Mapping) else getattr(record, "source", None)
    if given is None or (isinstance(given, float) and math.isnan(given)):
        return {"source_type": "HUMAN" if row.expectations else "CODE", "source_data": {}}
    if isinstance(given, str):
        given = {"source_type": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("source_type"), str):
        raise EvaluationError(
            f"row {row.position}: the source is {given!r}; expected e.g. "
            "{'source_type': 'HUMAN', 'source_data': {}}"
        )
    source = {"source_type": given["source_type"].upper(), "source_data": given.get("source_data") or {}}
    return dict(_json(source, row, "source"))


def _json(value: Any, row: Row, name: str) -> Any:
    """Return it as JSON values, whole: a dataset says later what it was given, not what is left of it."""
    try:  # not by orjson alone, which makes null of NaN and texts of dates
        plain = json.loads(json.dumps(value, default=_plain, allow_nan=False))
        orjson.dumps(plain)  # what the store takes: no integers of more than 64 bits, no half characters
    except (TypeError, ValueError, RecursionError) as error:
        raise EvaluationError(
            f"row {row.position}: the {name} can't be kept as JSON ({error}); give texts, finite numbers, booleans, "
            "lists and dictionaries"
        ) from error
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "tolist"):
        return value.tolist()  # arrays of texts and dictionaries, as parquet has them
    raise TypeError(f"{type(value).__name__} is no JSON value")
