"""The tables of datasets. A record's row says from which version on it was so, and from which one it no longer is."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

__all__ = ["DATASETS", "EXPERIMENTS", "RECORDS", "SCHEMA", "TAGS", "VERSIONS"]

SCHEMA: Final = MetaData(info={"component": "datasets", "version": 1})


def _dataset_id() -> Column[str]:
    return Column(
        "dataset_id",
        String(40),
        ForeignKey("datasets.dataset_id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    )


DATASETS: Final = Table(
    "datasets",
    SCHEMA,
    Column("dataset_id", String(40), primary_key=True),
    Column("name", String(250), nullable=False, unique=True),
    Column("version", Integer, nullable=False),  # the newest
    Column("created_time", BigInteger, nullable=False),  # Unix milliseconds
    Column("last_update_time", BigInteger, nullable=False),
)

TAGS: Final = Table(
    "dataset_tags",
    SCHEMA,
    _dataset_id(),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

EXPERIMENTS: Final = Table(
    "dataset_experiments", SCHEMA, _dataset_id(), Column("experiment", String(250), primary_key=True)
)

VERSIONS: Final = Table(
    "dataset_versions",
    SCHEMA,
    _dataset_id(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("created_time", BigInteger, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("records", Integer, nullable=False),
)

RECORDS: Final = Table(
    "dataset_records",
    SCHEMA,
    _dataset_id(),
    Column("dataset_record_id", String(40), primary_key=True),
    Column("first_version", Integer, primary_key=True, autoincrement=False),
    Column("end_version", Integer),  # the first one without it; NULL while it holds
    Column("position", Integer, nullable=False),
    Column("inputs_digest", String(64), nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("content", Text, nullable=False),  # JSON
    Column("created_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Index("dataset_records_by_inputs", "dataset_id", "inputs_digest"),
)
