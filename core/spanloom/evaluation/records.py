"""Evaluations in the store: what was asked for and what came of each row, so that they go on and are compared later."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    desc,
    func,
    insert,
    select,
    update,
)

from spanloom.evaluation.row import RowResult
from spanloom.store.records import reading, writing
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings

__all__ = [
    "EvaluationRecord",
    "begin",
    "end",
    "evaluation_records",
    "find",
    "keep_only",
    "load_rows",
    "page_of_rows",
    "put_rows",
]

_SCHEMA: Final = MetaData()
_SCHEMA.info = {"component": "evaluations", "version": 1}

_EVALUATIONS = Table(
    "evaluations",
    _SCHEMA,
    Column("run_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("begin_s", Float, nullable=False),
    Column("end_s", Float),
    Column("scorers", Text, nullable=False),
    Column("pass_criteria", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("passed", Boolean),
    Column("reason", Text, nullable=False),
)
_ROWS = Table(
    "evaluation_rows",
    _SCHEMA,
    Column("run_id", String(64), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("flawed", Boolean, nullable=False),
    Column("result", Text, nullable=False),
    Index("evaluation_rows_by_position", "run_id", "position", "flawed"),
)
_SELECT = select(_ROWS.c.position, _ROWS.c.result)
_SHOWN = ("inputs", "outputs", "expectations", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecord:
    """What is known about an evaluation as a whole.

    Attributes:
        run_id: Its run.
        name: The run's name.
        begin_s: When it began, in Unix seconds.
        end_s: When it ended; `None` if it did not, and can go on with `resume=`.
        scorers: Their names.
        pass_criteria: See `evaluate`.
        metrics: What came of it.
        passed: Whether it passed; `None` before it ended.
        reason: Why not.
    """

    run_id: str
    name: str
    begin_s: float
    end_s: float | None = None
    scorers: list[str] = field(default_factory=list)
    pass_criteria: dict[str, str | float] | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    passed: bool | None = None
    reason: str = ""


def begin(
    run_id: str, name: str, scorers: Sequence[str], pass_criteria: Mapping[str, str | float] | None, *, resumed: bool
) -> bool:
    """Keep that an evaluation begins, or goes on if it is resumed.

    Returns:
        Whether it does: not if the run has another one already.
    """
    row = {
        "run_id": run_id,
        "name": name,
        "begin_s": time.time(),
        "scorers": _json(list(scorers)),
        "pass_criteria": _json(dict(pass_criteria) if pass_criteria is not None else None),
        "metrics": "{}",
        "reason": "",
    }
    with writing(_SCHEMA) as connection:
        if resumed:
            connection.execute(delete(_EVALUATIONS).where(_EVALUATIONS.c.run_id == run_id))
        elif connection.scalar(select(_EVALUATIONS.c.run_id).where(_EVALUATIONS.c.run_id == run_id)) is not None:
            return False
        connection.execute(insert(_EVALUATIONS).values(row))
    return True


def end(run_id: str, metrics: Mapping[str, float], *, passed: bool, reason: str) -> None:
    """Keep that it is over."""
    values = {"end_s": time.time(), "metrics": _json(dict(metrics)), "passed": passed, "reason": reason}
    with writing(_SCHEMA) as connection:
        connection.execute(update(_EVALUATIONS).where(_EVALUATIONS.c.run_id == run_id).values(values))


def put_rows(run_id: str, results: Sequence[RowResult]) -> None:
    """Keep what came of some rows, redacted, in place of what came of them before."""
    redactor = Redactor(settings.redact) if settings.redact else None
    rows = [
        {
            "run_id": run_id,
            "key": result.key,
            "position": result.position,
            "flawed": result.flawed,
            "result": _redacted(result, redactor),
        }
        for result in results
    ]
    with writing(_SCHEMA) as connection:
        keys = [row["key"] for row in rows]
        connection.execute(delete(_ROWS).where(_ROWS.c.run_id == run_id, _ROWS.c.key.in_(keys)))
        connection.execute(insert(_ROWS), rows)


def keep_only(run_id: str, positions: Mapping[str, int]) -> None:
    """Forget the rows that the data has no longer, and note where it has the others.

    Args:
        run_id: The run.
        positions: The places of the rows in the data, by their keys.
    """
    with writing(_SCHEMA) as connection:
        present = connection.execute(select(_ROWS.c.key, _ROWS.c.position).where(_ROWS.c.run_id == run_id)).all()
        gone = [{"of": key} for key, _ in present if key not in positions]
        moved = [{"of": key, "to": positions[key]} for key, place in present if positions.get(key, place) != place]
        these = (_ROWS.c.run_id == run_id, _ROWS.c.key == bindparam("of"))
        if gone:
            connection.execute(delete(_ROWS).where(*these), gone)
        if moved:
            connection.execute(update(_ROWS).where(*these).values(position=bindparam("to")), moved)


def _redacted(result: RowResult, redactor: Redactor | None) -> str:
    said = result.to_dict()
    if redactor is not None:  # the scores and the error have been redacted when they were logged
        said |= {name: redactor.redact_value(said[name], (name,)) for name in _SHOWN if said[name]}
    return _json(said)


def find(run_id: str) -> EvaluationRecord | None:
    """Return the evaluation of a run, or `None` if it has none."""
    with reading(_SCHEMA) as connection:
        row = connection.execute(select(_EVALUATIONS).where(_EVALUATIONS.c.run_id == run_id)).mappings().first()
    return _record(row) if row is not None else None


def evaluation_records(max_results: int = 20) -> list[EvaluationRecord]:
    """Return the evaluations of the store, newest first."""
    with reading(_SCHEMA) as connection:
        rows = connection.execute(select(_EVALUATIONS).order_by(desc(_EVALUATIONS.c.begin_s)).limit(max_results))
        return [_record(row) for row in rows.mappings()]


def load_rows(run_id: str) -> list[RowResult]:
    """Return what came of the rows so far, in the order of the data."""
    with reading(_SCHEMA) as connection:
        found = connection.execute(_SELECT.where(_ROWS.c.run_id == run_id).order_by(_ROWS.c.position))
        return [RowResult.from_dict(_said(row)) for row in found]


def page_of_rows(run_id: str, *, flawed: bool, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return some of the rows as `RowResult.to_dict` gives them, in the order of the data, and how many there are.

    Args:
        run_id: The run.
        flawed: Only those with `RowResult.flawed`.
        offset: How many to pass over.
        limit: How many to return at most.
    """
    wanted = [_ROWS.c.run_id == run_id, *([_ROWS.c.flawed] if flawed else [])]
    with reading(_SCHEMA) as connection:
        count = connection.execute(select(func.count()).select_from(_ROWS).where(*wanted)).scalar_one()
        page = _SELECT.where(*wanted).order_by(_ROWS.c.position).offset(offset).limit(limit)
        return [_said(row) for row in connection.execute(page)], count


def _said(row: Any) -> dict[str, Any]:
    return {**orjson.loads(row.result), "position": row.position}


def _record(row: Mapping[Any, Any]) -> EvaluationRecord:
    fields = dict(row)
    for name in ("scorers", "pass_criteria", "metrics"):
        fields[name] = orjson.loads(fields[name])
    return EvaluationRecord(**fields)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
