"""Making, finding and deleting datasets."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from spanloom.errors import EvaluationError
from spanloom.evaluation.datasets.dataset import EvaluationDataset
from spanloom.evaluation.datasets.experiments import names_in, put_experiments
from spanloom.evaluation.datasets.record import digest_of_records
from spanloom.evaluation.datasets.rows import load_facts, not_found
from spanloom.evaluation.datasets.tables import DATASETS, SCHEMA, VERSIONS
from spanloom.evaluation.datasets.tags import put_tags
from spanloom.store.records import reading, writing
from spanloom.tracing.settings import settings

__all__ = ["create_dataset", "delete_dataset", "get_dataset"]

_MAX_NAME: Final = 250


def create_dataset(
    name: str, experiment_id: str | Sequence[str] | None = None, tags: Mapping[str, Any] | None = None
) -> EvaluationDataset:
    """Make an empty dataset.

    Args:
        name: Its name; no other dataset of the store has it.
        experiment_id: The experiments that it belongs to, by name; by default the one that is set.
        tags: Its tags.

    Raises:
        EvaluationError: If there is a dataset of this name, or the name or a tag can't be used.
        StoreError: If the store can't be written.

    Example:
        >>> create_dataset("capitals", tags={"team": "geography"}).version
        0
    """
    if not isinstance(name, str) or not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise EvaluationError(f"create_dataset({name!r}): expected a name of 1 to {_MAX_NAME} printable characters")
    dataset_id, now = f"d-{uuid.uuid4().hex}", time.time_ns() // 1_000_000
    times = {"created_time": now, "last_update_time": now}
    try:
        with writing(SCHEMA) as connection:
            connection.execute(insert(DATASETS).values(dataset_id=dataset_id, name=name, version=0, **times))
            empty = {"version": 0, "created_time": now, "digest": digest_of_records([]), "records": 0}
            connection.execute(insert(VERSIONS).values(dataset_id=dataset_id, **empty))
            put_experiments(connection, dataset_id, names_in(experiment_id or settings.experiment))
            put_tags(connection, dataset_id, tags or {})
            facts = load_facts(connection, dataset_id)
    except IntegrityError as error:
        raise EvaluationError(
            f"there is a dataset {name!r} already: get_dataset({name!r}) gives it, delete_dataset({name!r}) deletes it"
        ) from error
    return EvaluationDataset(facts)


def get_dataset(
    name: str | None = None, dataset_id: str | None = None, version: int | None = None
) -> EvaluationDataset:
    """Return a dataset.

    Args:
        name: Its name.
        dataset_id: Its id, in place of the name.
        version: The version, exactly as it was; by default the newest.

    Raises:
        EvaluationError: If not one of name and id is given.
        NotFoundError: If there is no such dataset, or no such version.
        StoreError: If the store can't be read.

    Example:
        >>> get_dataset("capitals", version=1).records[0].inputs
        {'country': 'France'}
    """
    with reading(SCHEMA) as connection:
        return EvaluationDataset(load_facts(connection, _found(connection, "get_dataset", name, dataset_id), version))


def delete_dataset(name: str | None = None, dataset_id: str | None = None) -> None:
    """Delete a dataset for good, with all its versions.

    Args:
        name: Its name.
        dataset_id: Its id, in place of the name.

    Raises:
        EvaluationError: If not one of name and id is given.
        NotFoundError: If there is no such dataset.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        found = _found(connection, "delete_dataset", name, dataset_id)
        connection.execute(delete(DATASETS).where(DATASETS.c.dataset_id == found))  # the rest follows by foreign keys


def _found(connection: Connection, caller: str, name: str | None, dataset_id: str | None) -> str:
    if (name is None) == (dataset_id is None):
        raise EvaluationError(f"{caller}() takes a name or a dataset_id, one of them")
    wanted = DATASETS.c.name == name if name is not None else DATASETS.c.dataset_id == dataset_id
    found: str | None = connection.scalar(select(DATASETS.c.dataset_id).where(wanted))
    if found is None:
        raise not_found(connection, name or dataset_id or "")
    return found
