"""Datasets to evaluate with: examples kept in the store, in versions. The names are MLflow's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.evaluation.datasets.catalog import create_dataset as create_dataset
    from spanloom.evaluation.datasets.catalog import delete_dataset as delete_dataset
    from spanloom.evaluation.datasets.catalog import get_dataset as get_dataset
    from spanloom.evaluation.datasets.dataset import DatasetVersion as DatasetVersion
    from spanloom.evaluation.datasets.dataset import EvaluationDataset as EvaluationDataset
    from spanloom.evaluation.datasets.experiments import add_dataset_to_experiments as add_dataset_to_experiments
    from spanloom.evaluation.datasets.experiments import (
        remove_dataset_from_experiments as remove_dataset_from_experiments,
    )
    from spanloom.evaluation.datasets.files import read_records as read_records
    from spanloom.evaluation.datasets.files import write_records as write_records
    from spanloom.evaluation.datasets.record import DatasetRecord as DatasetRecord
    from spanloom.evaluation.datasets.search import search_datasets as search_datasets
    from spanloom.evaluation.datasets.tags import delete_dataset_tag as delete_dataset_tag
    from spanloom.evaluation.datasets.tags import set_dataset_tags as set_dataset_tags

_HOMES = {
    "DatasetRecord": "spanloom.evaluation.datasets.record",
    "DatasetVersion": "spanloom.evaluation.datasets.dataset",
    "EvaluationDataset": "spanloom.evaluation.datasets.dataset",
    "add_dataset_to_experiments": "spanloom.evaluation.datasets.experiments",
    "create_dataset": "spanloom.evaluation.datasets.catalog",
    "delete_dataset": "spanloom.evaluation.datasets.catalog",
    "delete_dataset_tag": "spanloom.evaluation.datasets.tags",
    "get_dataset": "spanloom.evaluation.datasets.catalog",
    "read_records": "spanloom.evaluation.datasets.files",
    "remove_dataset_from_experiments": "spanloom.evaluation.datasets.experiments",
    "search_datasets": "spanloom.evaluation.datasets.search",
    "set_dataset_tags": "spanloom.evaluation.datasets.tags",
    "write_records": "spanloom.evaluation.datasets.files",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
