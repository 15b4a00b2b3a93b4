"""Merging records into the newest version of a dataset, by MLflow's rule, which makes the next version."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, and_, func, insert, select, update

from spanloom.errors import NotFoundError
from spanloom.evaluation.datasets.incoming import Incoming
from spanloom.evaluation.datasets.record import digest_of_json, digest_of_records
from spanloom.evaluation.datasets.tables import DATASETS, RECORDS, SCHEMA, VERSIONS
from spanloom.store.records import writing

__all__ = ["delete_records", "merge_records"]

_AT_ONCE: Final = 500
"""Parameters in one query: engines limit their number."""

_NEWEST: Final = RECORDS.c.end_version.is_(None)


def merge_records(dataset_id: str, incoming: Sequence[Incoming]) -> int:
    """Merge records, and return the version that holds them: a new one, unless nothing changes by them.

    Where there is a record with the same inputs, expectations and tags are added to its own, of the same name the new
    one counts, outputs that are given replace its own, and its source stays. Others are added.

    Raises:
        NotFoundError: If the dataset is gone.
    """
    now = time.time_ns() // 1_000_000
    with writing(SCHEMA) as connection:
        version = _locked_version(connection, dataset_id)
        found = _with_inputs(connection, dataset_id, [record.inputs_digest for record in incoming])
        changed: dict[str, dict[str, Any]] = {}
        position = connection.scalar(select(func.max(RECORDS.c.position)).where(RECORDS.c.dataset_id == dataset_id))
        position = -1 if position is None else position
        for record in incoming:
            known = changed.get(record.inputs_digest) or found.get(record.inputs_digest)
            if known is None:
                position += 1
                known = _new_row(dataset_id, record, position, now)
                changed[record.inputs_digest] = known
                continue
            content = _merged(orjson.loads(known["content"]), record.content)
            digest = _content_digest(content)
            if digest != known["content_digest"]:
                said = {"content": orjson.dumps(content).decode(), "content_digest": digest, "last_update_time": now}
                changed[record.inputs_digest] = {**known, **said}
        if not changed:
            return version
        _end(connection, dataset_id, version + 1, [row["dataset_record_id"] for row in changed.values()])
        rows = [{**row, "first_version": version + 1, "end_version": None} for row in changed.values()]
        connection.execute(insert(RECORDS), rows)
        _begin_version(connection, dataset_id, version + 1, now)
    return version + 1


def delete_records(dataset_id: str, record_ids: Collection[str]) -> tuple[int, int]:
    """Leave records out of the next version; return the newest version and how many were left out.

    Raises:
        NotFoundError: If the dataset is gone.
    """
    with writing(SCHEMA) as connection:
        version = _locked_version(connection, dataset_id)
        deleted = _end(connection, dataset_id, version + 1, list(record_ids))
        if deleted:
            version += 1
            _begin_version(connection, dataset_id, version, time.time_ns() // 1_000_000)
    return version, deleted


def _locked_version(connection: Connection, dataset_id: str) -> int:
    """Return the newest version; whoever else merges waits until this transaction ends."""
    asked = select(DATASETS.c.version).where(DATASETS.c.dataset_id == dataset_id).with_for_update()
    version: int | None = connection.scalar(asked)
    if version is None:
        raise NotFoundError(f"the dataset {dataset_id} is not in the store any more")
    return version


def _with_inputs(connection: Connection, dataset_id: str, digests: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in _parts(digests):
        asked = select(RECORDS).where(RECORDS.c.dataset_id == dataset_id, _NEWEST, RECORDS.c.inputs_digest.in_(part))
        found |= {row["inputs_digest"]: dict(row) for row in connection.execute(asked).mappings()}
    return found


def _new_row(dataset_id: str, record: Incoming, position: int, now: int) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "dataset_record_id": f"dr-{uuid.uuid4().hex}",
        "position": position,
        "inputs_digest": record.inputs_digest,
        "content_digest": _content_digest(record.content),
        "content": orjson.dumps(record.content).decode(),
        "created_time": now,
        "last_update_time": now,
    }


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = {**old, **({"outputs": new["outputs"]} if "outputs" in new else {})}
    for name in ("expectations", "tags"):
        if name in new:
            merged[name] = {**old.get(name, {}), **new[name]}
    return merged


def _content_digest(content: dict[str, Any]) -> str:
    return digest_of_json({name: value for name, value in content.items() if name != "source"})


def _end(connection: Connection, dataset_id: str, version: int, record_ids: Sequence[str]) -> int:
    ended = 0
    for part in _parts(record_ids):
        newest = and_(RECORDS.c.dataset_id == dataset_id, _NEWEST, RECORDS.c.dataset_record_id.in_(part))
        ended += connection.execute(update(RECORDS).where(newest).values(end_version=version)).rowcount
    return ended


def _begin_version(connection: Connection, dataset_id: str, version: int, now: int) -> None:
    asked = select(RECORDS.c.content_digest).where(RECORDS.c.dataset_id == dataset_id, _NEWEST)
    digests = connection.scalars(asked).all()
    connection.execute(
        insert(VERSIONS).values(
            dataset_id=dataset_id,
            version=version,
            created_time=now,
            digest=digest_of_records(digests),
            records=len(digests),
        )
    )
    changed = update(DATASETS).where(DATASETS.c.dataset_id == dataset_id)
    connection.execute(changed.values(version=version, last_update_time=now))


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
