"""The tables of runs."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, Text

__all__ = ["LATEST_METRICS", "METRICS", "PARAMS", "RUNS", "SCHEMA", "TAGS"]

SCHEMA: Final = MetaData(info={"component": "runs", "version": 1})


def _run_id() -> Column[str]:
    return Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True, nullable=False)


RUNS: Final = Table(
    "runs",
    SCHEMA,
    Column("run_id", String(64), primary_key=True),
    Column("run_name", Text, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("start_time", BigInteger, nullable=False),  # Unix milliseconds
    Column("end_time", BigInteger),
    Column("parent_run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), index=True),
    Index("runs_by_experiment", "experiment", "start_time"),
)

PARAMS: Final = Table(
    "run_params", SCHEMA, _run_id(), Column("key", String(250), primary_key=True), Column("value", Text, nullable=False)
)

TAGS: Final = Table(
    "run_tags", SCHEMA, _run_id(), Column("key", String(250), primary_key=True), Column("value", Text, nullable=False)
)

METRICS: Final = Table(
    "run_metrics",
    SCHEMA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("run_id", String(64), ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("key", String(250), nullable=False),
    Column("value", Double),  # NULL is "not a number", which SQLite can't store
    Column("timestamp", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False),
    Index("run_metrics_by_key", "run_id", "key", "step", "timestamp", "number"),
)

LATEST_METRICS: Final = Table(
    "run_latest_metrics",
    SCHEMA,
    _run_id(),
    Column("key", String(250), primary_key=True),
    Column("value", Double),
    Column("timestamp", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False),
    Index("run_latest_metrics_by_value", "key", "value"),
)
