"""What runs can be searched by, and MLflow's spellings of it."""

from __future__ import annotations

from typing import Final

from spanloom.store.search.columns import Column, Columns, ColumnType

__all__ = ["COLUMNS", "RUN_COLUMNS"]


def _spellings(name: str, *others: str) -> tuple[str, ...]:
    names = (name, *others)
    prefixed = [f"{prefix}.{spelling}" for prefix in ("attributes", "attribute", "attr", "run") for spelling in names]
    return (*others, *prefixed)


_TEXT, _NUMBER, _TIME = ColumnType.TEXT, ColumnType.NUMBER, ColumnType.TIME

COLUMNS: Final = (
    Column("run_id", _TEXT, "32 hex digits", _spellings("run_id")),
    Column("run_name", _TEXT, "what people call it", _spellings("run_name", "run name", "name", "run_name")),
    Column("experiment", _TEXT, "the experiment it is filed under", _spellings("experiment", "experiment_id")),
    Column("status", _TEXT, "`RUNNING`, `FINISHED`, `FAILED` or `KILLED`", _spellings("status")),
    Column(
        "start_time",
        _TIME,
        "when it began: an ISO 8601 text, or milliseconds since 1970",
        _spellings("start_time", "created"),
    ),
    Column("end_time", _TIME, "when it ended, likewise; missing while it goes on", _spellings("end_time")),
    Column("user_id", _TEXT, "who started it", _spellings("user_id", "user")),
    Column("parent_run_id", _TEXT, "the run it is nested in", _spellings("parent_run_id")),
    Column("metrics", _NUMBER, "the latest value of a metric", ("metric",), keyed=True),
    Column("params", _TEXT, "the value of a parameter", ("param", "parameter", "parameters"), keyed=True),
    Column("tags", _TEXT, "the value of a tag", ("tag",), keyed=True),
)

RUN_COLUMNS: Final = Columns(COLUMNS, example="metrics.accuracy > 0.9", documentation="docs/tracking.md")
