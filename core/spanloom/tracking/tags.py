"""`spanloom.set_tag`, `spanloom.set_tags` and `spanloom.delete_tag`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from spanloom.errors import NotFoundError
from spanloom.store.records import delete_value, set_values
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.active import RUN_NAME, run_id_or_active
from spanloom.tracking.run_rows import writing_to
from spanloom.tracking.tables import RUNS, TAGS
from spanloom.tracking.texts import checked_key

__all__ = ["delete_tag", "set_tag", "set_tags"]


def set_tag(key: str, value: Any, *, run_id: str | None = None) -> None:
    """Set a tag of a run; a former value is replaced.

    Args:
        key: Its name, at most 250 characters. `mlflow.runName` renames the run, `mlflow.note.content` describes it.
        value: Kept as `str(value)`.
        run_id: The run; by default the active one, or a new one where none is active.

    Raises:
        NotFoundError: If there is no such run.
        RunError: If the key can't be used.
        StoreError: If the store can't be written.
    """
    set_tags({key: value}, run_id=run_id)


def set_tags(tags: Mapping[str, Any], *, run_id: str | None = None) -> None:
    """Set several tags, all or none. See `set_tag`.

    Example:
        >>> spanloom.set_tags({"team": "search", "stage": "review"})
    """
    values = {checked_key(key, "tag"): storable_text(value) for key, value in tags.items()}
    run_id = run_id_or_active(run_id)
    if not values:
        return
    with writing_to(run_id) as connection:
        set_values(connection, TAGS, {"run_id": run_id}, values)
        if RUN_NAME in values:
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(run_name=values[RUN_NAME]))


def delete_tag(key: str, *, run_id: str | None = None) -> None:
    """Remove a tag of a run, by default of the active one.

    Raises:
        NotFoundError: If the run has no such tag.
        StoreError: If the store can't be written.
    """
    run_id = run_id_or_active(run_id)
    with writing_to(run_id) as connection:
        if not delete_value(connection, TAGS, {"run_id": run_id}, key):
            raise NotFoundError(f"run {run_id} has no tag {key!r}")
