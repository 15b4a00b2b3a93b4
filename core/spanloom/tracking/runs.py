"""`spanloom.get_run` and `spanloom.delete_run`."""

from __future__ import annotations

import shutil

from sqlalchemy import delete, select

from spanloom.store.records import reading, writing
from spanloom.tracking.artifacts import run_artifacts
from spanloom.tracking.run import Run
from spanloom.tracking.run_rows import load_runs, not_found
from spanloom.tracking.tables import RUNS, SCHEMA

__all__ = ["delete_run", "get_parent_run", "get_run"]


def get_run(run_id: str) -> Run:
    """Return a run as it is now.

    Raises:
        NotFoundError: If there is no such run.
        StoreError: If the store can't be read.
    """
    with reading(SCHEMA) as connection:
        found = load_runs(connection, [run_id])
    if not found:
        raise not_found(run_id)
    return found[0]


def get_parent_run(run_id: str) -> Run | None:
    """Return the run that this one is nested in, `None` if it stands alone.

    Raises:
        NotFoundError: If there is no such run.
    """
    parent_id = get_run(run_id).info.parent_run_id
    return get_run(parent_id) if parent_id is not None else None


def delete_run(run_id: str) -> None:
    """Delete a run for good, with its files and the runs nested in it. Traces made in it stay.

    Raises:
        NotFoundError: If there is no such run.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        gone = [run_id] if connection.scalar(select(RUNS.c.run_id).where(RUNS.c.run_id == run_id)) else []
        for above in gone:
            gone += connection.scalars(select(RUNS.c.run_id).where(RUNS.c.parent_run_id == above))
        if not gone:
            raise not_found(run_id)
        connection.execute(delete(RUNS).where(RUNS.c.run_id == run_id))  # the rest follows by its foreign keys
    for run in gone:
        shutil.rmtree(run_artifacts(run), ignore_errors=True)
