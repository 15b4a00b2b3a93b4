"""Which experiments a dataset belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from spanloom.evaluation.datasets.dataset import EvaluationDataset
from spanloom.evaluation.datasets.rows import load_facts
from spanloom.evaluation.datasets.tables import EXPERIMENTS, SCHEMA
from spanloom.evaluation.datasets.tags import lock
from spanloom.store.records import writing

__all__ = ["add_dataset_to_experiments", "names_in", "put_experiments", "remove_dataset_from_experiments"]


def add_dataset_to_experiments(dataset_id: str, experiment_ids: str | Sequence[str]) -> EvaluationDataset:
    """Let a dataset belong to further experiments, by name; return it.

    Raises:
        NotFoundError: If there is no such dataset.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        lock(connection, dataset_id)
        of_dataset = EXPERIMENTS.c.dataset_id == dataset_id
        there = connection.scalars(select(EXPERIMENTS.c.experiment).where(of_dataset)).all()
        put_experiments(connection, dataset_id, [name for name in names_in(experiment_ids) if name not in there])
        return EvaluationDataset(load_facts(connection, dataset_id))


def remove_dataset_from_experiments(dataset_id: str, experiment_ids: str | Sequence[str]) -> EvaluationDataset:
    """Let a dataset no longer belong to experiments, if it does; return it.

    Raises:
        NotFoundError: If there is no such dataset.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        lock(connection, dataset_id)
        named = EXPERIMENTS.c.experiment.in_(names_in(experiment_ids))
        connection.execute(delete(EXPERIMENTS).where(EXPERIMENTS.c.dataset_id == dataset_id, named))
        return EvaluationDataset(load_facts(connection, dataset_id))


def names_in(experiment_ids: str | Sequence[str]) -> list[str]:
    """Return each name once."""
    return list(dict.fromkeys([experiment_ids] if isinstance(experiment_ids, str) else map(str, experiment_ids)))


def put_experiments(connection: Connection, dataset_id: str, names: Iterable[str]) -> None:
    """Add a dataset to experiments that it does not belong to."""
    for name in names:
        connection.execute(insert(EXPERIMENTS).values(dataset_id=dataset_id, experiment=name))
