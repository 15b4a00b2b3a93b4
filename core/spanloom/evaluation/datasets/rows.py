"""Datasets out of their tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, RowMapping, or_, select

from spanloom.errors import NotFoundError
from spanloom.evaluation.datasets.record import DatasetRecord
from spanloom.evaluation.datasets.tables import DATASETS, EXPERIMENTS, RECORDS, TAGS, VERSIONS

__all__ = ["load_facts", "load_records", "not_found"]

_SUGGESTED: Final = 5


def load_facts(connection: Connection, dataset_id: str, version: int | None = None) -> dict[str, Any]:
    """Return what a dataset is in a version, by default the newest, without its records.

    Raises:
        NotFoundError: If there is no such dataset, or no such version.
    """
    dataset = connection.execute(select(DATASETS).where(DATASETS.c.dataset_id == dataset_id)).mappings().first()
    if dataset is None:
        raise not_found(connection, dataset_id)
    wanted = dataset["version"] if version is None else version
    asked = select(VERSIONS).where(VERSIONS.c.dataset_id == dataset_id, VERSIONS.c.version == wanted)
    found = connection.execute(asked).mappings().first()
    if found is None:
        raise NotFoundError(f"the dataset {dataset['name']!r} has the versions 0 to {dataset['version']}, not {wanted}")
    return {
        **{name: dataset[name] for name in ("dataset_id", "name", "created_time", "last_update_time")},
        **{name: found[name] for name in ("version", "digest")},
        "tags": _tags(connection, dataset_id),
        "experiment_ids": _experiments(connection, dataset_id),
    }


def load_records(connection: Connection, dataset_id: str, version: int) -> list[DatasetRecord]:
    """Return the records of a version, in the order in which they came into the dataset."""
    there = or_(RECORDS.c.end_version.is_(None), RECORDS.c.end_version > version)
    asked = select(RECORDS).where(RECORDS.c.dataset_id == dataset_id, RECORDS.c.first_version <= version, there)
    return [_record(row) for row in connection.execute(asked.order_by(RECORDS.c.position)).mappings()]


def not_found(connection: Connection, wanted: str) -> NotFoundError:
    """Return the error that there is no such dataset, with some that there are."""
    newest = select(DATASETS.c.name).order_by(DATASETS.c.last_update_time.desc()).limit(_SUGGESTED)
    names: Sequence[str] = connection.scalars(newest).all()
    known = f"the newest are {', '.join(map(repr, names))}" if names else "create_dataset(name) makes one"
    return NotFoundError(f"the store has no dataset {wanted!r}; {known}")


def _record(row: RowMapping) -> DatasetRecord:
    return DatasetRecord(
        **orjson.loads(row["content"]),
        dataset_record_id=row["dataset_record_id"],
        created_time=row["created_time"],
        last_update_time=row["last_update_time"],
    )


def _tags(connection: Connection, dataset_id: str) -> dict[str, str]:
    rows = connection.execute(select(TAGS.c.key, TAGS.c.value).where(TAGS.c.dataset_id == dataset_id).order_by("key"))
    return {key: value for key, value in rows}  # noqa: C416 - `dict` does not know that a row is a pair


def _experiments(connection: Connection, dataset_id: str) -> list[str]:
    asked = select(EXPERIMENTS.c.experiment).where(EXPERIMENTS.c.dataset_id == dataset_id).order_by("experiment")
    return list(connection.scalars(asked))
