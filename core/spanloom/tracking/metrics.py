"""`spanloom.log_metric`, `spanloom.log_metrics` and `spanloom.get_metric_history`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, SupportsFloat

from sqlalchemy import insert, select, tuple_

from spanloom.errors import RunError
from spanloom.store.records import insert_or, reading
from spanloom.tracking.active import run_id_or_active
from spanloom.tracking.run import Metric
from spanloom.tracking.run_rows import writing_to
from spanloom.tracking.tables import LATEST_METRICS, METRICS, SCHEMA
from spanloom.tracking.texts import checked_key

__all__ = ["get_metric_history", "log_metric", "log_metrics"]


_INSERT = insert(METRICS)


def log_metric(
    key: str,
    value: SupportsFloat,
    step: int | None = None,
    *,
    timestamp: int | None = None,
    run_id: str | None = None,
) -> None:
    """Log one point of a metric; every point is kept, the one of the greatest step is the metric's value.

    Args:
        key: Its name, at most 250 characters.
        value: A number, infinite or NaN included.
        step: Whatever the run counts; 0 by default. Among points of one step, the one logged last counts.
        timestamp: Unix milliseconds; now by default.
        run_id: The run; by default the active one, or a new one where none is active.

    Raises:
        NotFoundError: If there is no such run.
        RunError: If the value is no number.
        StoreError: If the store can't be written.
    """
    log_metrics({key: value}, step, timestamp=timestamp, run_id=run_id)


def log_metrics(
    metrics: Mapping[str, SupportsFloat],
    step: int | None = None,
    *,
    timestamp: int | None = None,
    run_id: str | None = None,
) -> None:
    """Log a point of several metrics in one transaction, which takes hardly longer than one. See `log_metric`.

    Example:
        >>> spanloom.log_metrics({"loss": 0.21, "accuracy": 0.93}, step=7)
    """
    values = {checked_key(key, "metric"): _number(key, value) for key, value in metrics.items()}
    run_id = run_id_or_active(run_id)
    if not values:
        return
    step = 0 if step is None else int(step)
    timestamp = time.time_ns() // 1_000_000 if timestamp is None else int(timestamp)
    rows = [
        {"run_id": run_id, "key": key, "value": value, "timestamp": timestamp, "step": step}
        for key, value in sorted(values.items())
    ]
    with writing_to(run_id) as connection:
        connection.execute(_INSERT, rows)
        connection.execute(_replace_latest(connection.dialect.name), rows)


@cache
def _replace_latest(engine: str) -> Any:
    """Return the upsert of the latest values, which an earlier point leaves alone."""
    given = insert_or(engine, LATEST_METRICS)
    new = given.excluded
    return given.on_conflict_do_update(
        index_elements=["run_id", "key"],
        set_={"value": new.value, "timestamp": new.timestamp, "step": new.step},
        where=tuple_(new.step, new.timestamp) >= tuple_(LATEST_METRICS.c.step, LATEST_METRICS.c.timestamp),
    )


def _number(key: str, value: Any) -> float | None:
    if not isinstance(value, str):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            pass
        else:
            return None if math.isnan(number) else number
    raise RunError(f"metric {key!r}: expected a number, got {value!r}; texts are logged with log_param or set_tag")


def get_metric_history(run_id: str, key: str) -> list[Metric]:
    """Return all points of a metric, by step, then in the order of logging; none if nothing was logged.

    Raises:
        StoreError: If the store can't be read.
    """
    order = (METRICS.c.step, METRICS.c.timestamp, METRICS.c.number)
    columns = (METRICS.c.value, METRICS.c.timestamp, METRICS.c.step)
    asked = select(*columns).where(METRICS.c.run_id == run_id, METRICS.c.key == key).order_by(*order)
    with reading(SCHEMA) as connection:
        return [
            Metric(key, math.nan if value is None else value, timestamp, step)
            for value, timestamp, step in connection.execute(asked)
        ]
