"""`spanloom.log_param` and `spanloom.log_params`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from spanloom.errors import RunError
from spanloom.store.records import insert_or
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.active import run_id_or_active
from spanloom.tracking.run_rows import writing_to
from spanloom.tracking.tables import PARAMS
from spanloom.tracking.texts import checked_key

__all__ = ["log_param", "log_params"]


def log_param(key: str, value: Any, *, run_id: str | None = None) -> Any:
    """Log a parameter: what was chosen before the run, and does not change.

    Args:
        key: Its name, at most 250 characters.
        value: Kept as `str(value)`.
        run_id: The run; by default the active one, or a new one where none is active.

    Returns:
        The value.

    Raises:
        NotFoundError: If there is no such run.
        RunError: If the parameter has another value already.
        StoreError: If the store can't be written.
    """
    log_params({key: value}, run_id=run_id)
    return value


def log_params(params: Mapping[str, Any], *, run_id: str | None = None) -> None:
    """Log several parameters, all or none. See `log_param`.

    Example:
        >>> spanloom.log_params({"model": "gpt-5", "temperature": 0.2})
    """
    values = {checked_key(key, "param"): storable_text(value) for key, value in params.items()}
    run_id = run_id_or_active(run_id)
    if not values:
        return
    with writing_to(run_id) as connection:
        rows = [{"run_id": run_id, "key": key, "value": value} for key, value in sorted(values.items())]
        connection.execute(insert_or(connection.dialect.name, PARAMS).on_conflict_do_nothing(), rows)
        stored = connection.execute(
            select(PARAMS.c.key, PARAMS.c.value).where(PARAMS.c.run_id == run_id, PARAMS.c.key.in_(values))
        )
        for key, value in stored:
            if value != values[key]:
                raise RunError(
                    f"param {key!r} of run {run_id} is {value!r} already and can't become {values[key]!r}; log it in a "
                    "run of its own (spanloom.start_run(nested=True)), or as a tag, which may change"
                )
