"""A dataset in one of its versions."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Self

import orjson
from sqlalchemy import select

from spanloom.evaluation.datasets.incoming import incoming_records
from spanloom.evaluation.datasets.merging import delete_records, merge_records
from spanloom.evaluation.datasets.record import DatasetRecord
from spanloom.evaluation.datasets.rows import load_facts, load_records
from spanloom.evaluation.datasets.schema import schema_of
from spanloom.evaluation.datasets.tables import SCHEMA, VERSIONS
from spanloom.store.records import reading
from spanloom.tracing.search import search_traces

__all__ = ["DatasetVersion", "EvaluationDataset"]

_TRACES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """One version of a dataset.

    Attributes:
        version: Its number; 0 is the empty dataset.
        created_time: When it was made, in Unix milliseconds.
        digest: What versions of the same content have in common.
        records: How many records it has.
    """

    version: int
    created_time: int
    digest: str
    records: int


class EvaluationDataset:
    """Examples to evaluate with, in one version, which stays as it is; made by `create_dataset` and `get_dataset`.

    Attributes:
        dataset_id: Its id.
        name: Its name.
        version: The version that is seen here.
        digest: What versions of the same content have in common, whatever their ids, times and order; 32 hex digits.
        tags: Its tags.
        experiment_ids: The experiments that it belongs to, by name.
        created_time: When it was made, in Unix milliseconds.
        last_update_time: When its newest version was made.

    Example:
        >>> dataset = create_dataset("capitals")
        >>> dataset.merge_records([{"inputs": {"country": "France"}, "expectations": {"expected_response": "Paris"}}])
        >>> spanloom.evaluate(dataset, [exact_match], agent)
    """

    dataset_id: str
    name: str
    version: int
    digest: str
    tags: dict[str, str]
    experiment_ids: list[str]
    created_time: int
    last_update_time: int

    def __init__(self, facts: dict[str, Any]) -> None:
        self._records: list[DatasetRecord] | None = None
        self._set(facts)

    @property
    def records(self) -> list[DatasetRecord]:
        """The records of this version, in the order in which they came into the dataset.

        Raises:
            StoreError: If the store can't be read.
        """
        if self._records is None:
            with reading(SCHEMA) as connection:
                self._records = load_records(connection, self.dataset_id, self.version)
        return self._records

    @property
    def schema(self) -> str | None:
        """The types of inputs, outputs and expectations by name, as JSON text in MLflow's words; `None` if empty."""
        return orjson.dumps(schema_of(self.records)).decode() if self.records else None

    @property
    def profile(self) -> str | None:
        """How many records there are, as MLflow's JSON text: `{"num_records":2}`; `None` if empty."""
        return orjson.dumps({"num_records": len(self.records)}).decode() if self.records else None

    def merge_records(self, records: Any) -> Self:
        """Merge records into the newest version; the version that comes of it is seen here then.

        Records with the same inputs are one: expectations and tags are added to those it has (of the same name the new
        one counts), outputs that are given replace its own, its source stays. All are merged or none. Several
        processes can merge at once. What changes nothing makes no version.

        Args:
            records: A list of dictionaries with `inputs`, and perhaps `outputs`, `expectations`, `tags` and `source`;
                a DataFrame with these columns, or that of `search_traces`; a list of traces; another dataset.

        Returns:
            This dataset.

        Raises:
            EvaluationError: If a record is not as it should be; the message says which.
            NotFoundError: If the dataset was deleted.
            StoreError: If the store can't be written.
        """
        self._go_to(merge_records(self.dataset_id, incoming_records(records)))
        return self

    def merge_traces(
        self,
        filter: str | None = None,  # noqa: A002 - the word for it
        *,
        experiment: str | None = None,
        max_results: int | None = None,
        filter_string: str | None = None,
    ) -> Self:
        """Merge what the traces that fit were asked, what they answered, and what was logged as expected of them.

        Args:
            filter: Which traces, as in `search_traces`.
            experiment: Only traces of this experiment.
            max_results: Only the newest so many; all by default.
            filter_string: MLflow's name of `filter`.

        Returns:
            This dataset.

        Raises:
            FilterError: If the filter can't be understood.

        Example:
            >>> dataset.merge_traces("feedback.correct = false AND tags.env = 'prod'", max_results=100)
        """
        found: list[Any] = []
        token: str | None = None
        while max_results is None or len(found) < max_results:
            left = _TRACES_AT_ONCE if max_results is None else min(_TRACES_AT_ONCE, max_results - len(found))
            page = search_traces(
                filter, experiment=experiment, max_results=left, page_token=token, filter_string=filter_string
            )
            found += page
            token = page.token
            if token is None:
                break
        return self.merge_records(found[::-1])  # the oldest first, as they came

    def delete_records(self, record_ids: Collection[str]) -> int:
        """Leave records out of the next version, which is seen here then; return how many there were.

        Raises:
            NotFoundError: If the dataset was deleted.
            StoreError: If the store can't be written.
        """
        version, deleted = delete_records(self.dataset_id, record_ids)
        self._go_to(version)
        return deleted

    def list_versions(self) -> list[DatasetVersion]:
        """Return all versions, the newest first. `get_dataset(name, version=…)` loads one.

        Raises:
            StoreError: If the store can't be read.
        """
        with reading(SCHEMA) as connection:
            asked = select(VERSIONS).where(VERSIONS.c.dataset_id == self.dataset_id).order_by(VERSIONS.c.version.desc())
            rows = [dict(row) for row in connection.execute(asked).mappings()]
        return [DatasetVersion(**{key: row[key] for key in DatasetVersion.__slots__}) for row in rows]

    def to_df(self) -> Any:
        """Return the records as a pandas DataFrame with MLflow's columns.

        Raises:
            MissingExtraError: If pandas is not installed.
        """
        from spanloom.evaluation.datasets.frame import to_frame

        return to_frame([record.to_dict() for record in self.records])

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the records into a file: `.jsonl`, `.csv` or `.parquet`; see `write_records`."""
        from spanloom.evaluation.datasets.files import write_records

        write_records(path, self.records)

    def to_dict(self) -> dict[str, Any]:
        """Return what is known about the dataset, without its records, as JSON values."""
        return {name: getattr(self, name) for name in EvaluationDataset.__annotations__}

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"<EvaluationDataset {self.name!r} version {self.version}>"

    def _set(self, facts: dict[str, Any]) -> None:
        for name in EvaluationDataset.__annotations__:
            setattr(self, name, facts[name])

    def _go_to(self, version: int) -> None:
        with reading(SCHEMA) as connection:
            self._set(load_facts(connection, self.dataset_id, version))
        self._records = None
