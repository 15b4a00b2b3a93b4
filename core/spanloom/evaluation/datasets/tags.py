"""Tags of datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from spanloom.evaluation.datasets.rows import not_found
from spanloom.evaluation.datasets.tables import DATASETS, SCHEMA, TAGS
from spanloom.store.records import writing
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.texts import checked_key

__all__ = ["delete_dataset_tag", "lock", "put_tags", "set_dataset_tags"]


def set_dataset_tags(dataset_id: str, tags: Mapping[str, Any]) -> None:
    """Set tags of a dataset, all or none; former values are replaced, and `None` removes a tag.

    Raises:
        NotFoundError: If there is no such dataset.
        RunError: If a key can't be used.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        lock(connection, dataset_id)
        put_tags(connection, dataset_id, tags)


def delete_dataset_tag(dataset_id: str, key: str) -> None:
    """Remove a tag of a dataset, if it has it.

    Raises:
        NotFoundError: If there is no such dataset.
        StoreError: If the store can't be written.
    """
    set_dataset_tags(dataset_id, {key: None})


def lock(connection: Connection, dataset_id: str) -> None:
    """Let whoever else changes this dataset wait until the transaction ends.

    Raises:
        NotFoundError: If there is no such dataset.
    """
    there = select(DATASETS.c.dataset_id).where(DATASETS.c.dataset_id == dataset_id).with_for_update()
    if connection.scalar(there) is None:
        raise not_found(connection, dataset_id)


def put_tags(connection: Connection, dataset_id: str, tags: Mapping[str, Any]) -> None:
    """Put tags in place of those of the same keys."""
    values = {checked_key(key, "tag"): value for key, value in tags.items()}
    if not values:
        return
    connection.execute(delete(TAGS).where(TAGS.c.dataset_id == dataset_id, TAGS.c.key.in_(values)))
    rows = [{"key": key, "value": storable_text(value)} for key, value in values.items() if value is not None]
    if rows:
        connection.execute(insert(TAGS), [{"dataset_id": dataset_id, **row} for row in rows])
