"""Runs in and out of their tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Table, select
from sqlalchemy.exc import IntegrityError

from spanloom.errors import NotFoundError
from spanloom.store.records import writing
from spanloom.tracking.artifacts import run_artifacts
from spanloom.tracking.run import Run, RunData, RunInfo
from spanloom.tracking.tables import LATEST_METRICS, PARAMS, RUNS, SCHEMA, TAGS

__all__ = ["load_runs", "not_found", "writing_to"]

_AT_ONCE: Final = 500
"""Ids in one query: engines limit the number of parameters."""


def load_runs(connection: Connection, run_ids: Sequence[str]) -> list[Run]:
    """Return these runs in this order; those that are not there are left out."""
    found: dict[str, Run] = {}
    for start in range(0, len(run_ids), _AT_ONCE):
        ids = run_ids[start : start + _AT_ONCE]
        metrics, params, tags = (_values(connection, table, ids) for table in (LATEST_METRICS, PARAMS, TAGS))
        for row in connection.execute(select(RUNS).where(RUNS.c.run_id.in_(ids))).mappings():
            run_id = row["run_id"]
            numbers = {key: math.nan if value is None else float(value) for key, value in metrics[run_id].items()}
            found[run_id] = Run(_info(row), RunData(numbers, params[run_id], tags[run_id]))
    return [found[run_id] for run_id in run_ids if run_id in found]


def _values(connection: Connection, table: Table, run_ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
    values: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    columns = (table.c.run_id, table.c.key, table.c.value)
    for run_id, key, value in connection.execute(select(*columns).where(table.c.run_id.in_(run_ids)).order_by("key")):
        values[run_id][key] = value
    return values


def _info(row: RowMapping) -> RunInfo:
    return RunInfo(
        run_id=row["run_id"],
        run_name=row["run_name"],
        experiment_id=row["experiment"],
        status=row["status"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        user_id=row["user_id"],
        artifact_uri=run_artifacts(row["run_id"]).as_uri(),
        parent_run_id=row["parent_run_id"],
    )


@contextmanager
def writing_to(run_id: str) -> Iterator[Connection]:
    """Give a connection as `writing` does, for rows that belong to a run.

    Raises:
        NotFoundError: If there is no such run.
    """
    try:
        with writing(SCHEMA) as connection:
            yield connection
    except IntegrityError as error:
        raise not_found(run_id) from error  # the only constraint that rows of a run can break


def not_found(run_id: str) -> NotFoundError:
    """Return the error that there is no such run."""
    return NotFoundError(
        f"the store holds no run {run_id!r}; spanloom.search_runs() and `spanloom runs list` show those there are"
    )
