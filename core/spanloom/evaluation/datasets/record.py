"""One example of a dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

__all__ = ["CONTENT", "DatasetRecord", "digest_of_json", "digest_of_records"]

CONTENT: Final = ("inputs", "outputs", "expectations", "tags", "source")
"""What makes a record; the rest says which one it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """One example. The names are MLflow's.

    Attributes:
        inputs: What the agent is asked, by argument name; what the record is known by in its dataset.
        outputs: What was answered, if that is known; `None` if not.
        expectations: What is expected, by name.
        tags: Tags; those of the trace when it is evaluated.
        source: Where it comes from: `{"source_type": "TRACE", "source_data": {"trace_id": "tr-…"}}`, `HUMAN`, `CODE`, …
        dataset_record_id: Its id, the same in every version.
        created_time: When its inputs came into the dataset, in Unix milliseconds.
        last_update_time: When it changed last.
    """

    inputs: dict[str, Any]
    outputs: Any = None
    expectations: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] | None = None
    dataset_record_id: str
    created_time: int
    last_update_time: int

    @property
    def source_type(self) -> str | None:
        """What kind of source it is: `TRACE`, `HUMAN`, `CODE`, `DOCUMENT`."""
        return self.source.get("source_type") if self.source is not None else None

    @property
    def source_id(self) -> str | None:
        """The id of the trace that it comes from."""
        data = self.source.get("source_data") if self.source is not None else None
        return data.get("trace_id") if isinstance(data, dict) else None

    def to_dict(self) -> dict[str, Any]:
        """Return what is in the record, as MLflow's frame has it."""
        return {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "expectations": self.expectations,
            "tags": self.tags,
            "source_type": self.source_type,
            "source_id": self.source_id,
            "source": self.source,
            "created_time": self.created_time,
            "dataset_record_id": self.dataset_record_id,
        }


def digest_of_json(value: Any) -> str:
    """Return what JSON values of the same content have in common, whatever the order of their keys."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest_of_records(content_digests: Iterable[str]) -> str:
    """Return the digest of a version: of what is in its records, not of their ids, times and order."""
    return hashlib.sha256("".join(sorted(content_digests)).encode()).hexdigest()[:32]
