"""Starting and ending runs, and which one is active here."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import insert, select, update

from spanloom.errors import RunError
from spanloom.store.records import reading, set_values, writing
from spanloom.tracing.guard import guard
from spanloom.tracing.ids import new_trace_id
from spanloom.tracing.labels import SourceRun, source_run
from spanloom.tracing.settings import settings
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.names import random_name
from spanloom.tracking.run import Run, RunStatus
from spanloom.tracking.run_rows import load_runs, not_found
from spanloom.tracking.stamps import now_ms, user_name
from spanloom.tracking.tables import RUNS, SCHEMA, TAGS
from spanloom.tracking.texts import checked_key

__all__ = [
    "ActiveRun",
    "active_run",
    "end_run",
    "forget_active_runs",
    "last_active_run",
    "run_id_or_active",
    "start_run",
]

DESCRIPTION: Final = "mlflow.note.content"
PARENT: Final = "mlflow.parentRunId"
RUN_NAME: Final = "mlflow.runName"

_ENDINGS: Final = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


class ActiveRun(Run):
    """A run that was started here; as a context manager it ends with the block.

    An exception makes the status `FAILED`; Ctrl-C and whatever else is no `Exception` make it `KILLED`.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        status = _status_after(error)
        if error is None:
            _end(self, status)
        else:
            with guard("end_run"):  # the user's exception matters more
                _end(self, status)


_active: ContextVar[tuple[ActiveRun, ...]] = ContextVar("spanloom_active_runs", default=())
"""The runs started here, the innermost last. A copied context may hold some that ended elsewhere."""

_open: dict[str, ActiveRun] = {}
"""The runs that this process started and has not ended."""

_inherited: set[str] = set()
"""The runs of the process that this one was forked from."""


class _LastRun:
    run_id: str | None = None


_last = _LastRun()


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> ActiveRun:
    """Start a run and make it active here: what is logged goes to it, and traces that begin are linked to it.

    Tasks, and threads with a copy of this context, see it too. Without `with`, `end_run` ends it, or the process.

    Args:
        run_id: Go on with this run instead of starting one; of the other arguments only `tags` and `description` count.
        experiment_id: The experiment's name; by default the parent's, or what `set_experiment` says.
        run_name: What people call it; by default two words drawn at random.
        nested: Whether to start it inside the active run.
        parent_run_id: The run it is nested in, if that is not the active one.
        tags: First tags.
        description: Shown with the run.

    Raises:
        NotFoundError: If there is no run `run_id` or `parent_run_id`.
        RunError: If a run is active already and this one is not nested.
        StoreError: If the store can't be written.

    Example:
        >>> with spanloom.start_run(run_name="shorter prompt"):
        ...     spanloom.log_param("temperature", 0.2)
        ...     spanloom.log_metric("accuracy", 0.93)
    """
    above = _innermost()
    if above is not None and not nested and parent_run_id is None:
        raise RunError(
            f"run {above.info.run_name!r} ({above.info.run_id}) is active already; end it first with "
            "spanloom.end_run(), or start this one inside it with spanloom.start_run(nested=True)"
        )
    labels = {checked_key(key, "tag"): storable_text(value) for key, value in (tags or {}).items()}
    if description is not None:
        labels[DESCRIPTION] = storable_text(description)
    if run_id is not None:
        run = _resume(run_id, labels)
    else:
        parent = parent_run_id or (above.info.run_id if above is not None else None)
        run = _create(experiment_id, run_name, parent, labels)
    started = ActiveRun(run.info, run.data)
    _active.set((*_open_here(), started))
    _open[run.info.run_id] = started
    source_run.set(SourceRun(run.info.run_id, run.info.experiment_id))
    return started


def _create(experiment: str | None, name: str | None, parent_id: str | None, tags: dict[str, str]) -> Run:
    run_id = new_trace_id()
    name = storable_text(name) if name else tags.get(RUN_NAME) or random_name()
    tags = {**tags, RUN_NAME: name}
    with writing(SCHEMA) as connection:
        if parent_id is not None:
            tags[PARENT] = parent_id
            above = connection.scalar(select(RUNS.c.experiment).where(RUNS.c.run_id == parent_id))
            if above is None:
                raise not_found(parent_id)
            experiment = experiment or above
        row = {
            "run_id": run_id,
            "run_name": name,
            "experiment": str(experiment or settings.experiment),
            "user_id": user_name(),
            "status": RunStatus.RUNNING,
            "start_time": now_ms(),
            "parent_run_id": parent_id,
        }
        connection.execute(insert(RUNS).values(row))
        set_values(connection, TAGS, {"run_id": run_id}, tags)
        return load_runs(connection, [run_id])[0]


def _resume(run_id: str, tags: dict[str, str]) -> Run:
    with writing(SCHEMA) as connection:
        change = update(RUNS).where(RUNS.c.run_id == run_id).values(status=RunStatus.RUNNING, end_time=None)
        if not connection.execute(change).rowcount:
            raise not_found(run_id)
        if tags:
            set_values(connection, TAGS, {"run_id": run_id}, tags)
        return load_runs(connection, [run_id])[0]


def end_run(status: str = RunStatus.FINISHED) -> None:
    """End the active run; nothing happens where none is.

    Args:
        status: `"FINISHED"`, `"FAILED"` or `"KILLED"`.

    Raises:
        RunError: If the status is none of these.
        StoreError: If the store can't be written.
    """
    if status not in _ENDINGS:
        raise RunError(f"end_run(status={status!r}): expected one of {', '.join(_ENDINGS)}")
    run = _innermost()
    if run is not None:
        _end(run, RunStatus(status))


def _end(run: ActiveRun, status: RunStatus) -> None:
    _open.pop(run.info.run_id, None)
    _last.run_id = run.info.run_id
    remaining = tuple(other for other in _open_here() if other is not run)
    _active.set(remaining)
    above = remaining[-1].info if remaining else None
    source_run.set(SourceRun(above.run_id, above.experiment_id) if above is not None else None)
    with writing(SCHEMA) as connection:
        change = update(RUNS).where(RUNS.c.run_id == run.info.run_id)
        connection.execute(change.values(status=status, end_time=now_ms()))


def active_run() -> ActiveRun | None:
    """Return the run that is active here, `None` if none is. Its data is that of its start; see `get_run`."""
    return _innermost()


def last_active_run() -> Run | None:
    """Return the active run, else the one that ended last in this process, as it is now; `None` if there was none."""
    run = _innermost()
    run_id = run.info.run_id if run is not None else _last.run_id
    if run_id is None:
        return None
    with reading(SCHEMA) as connection:
        return next(iter(load_runs(connection, [run_id])), None)


def run_id_or_active(run_id: str | None) -> str:
    """Return the id, else that of the active run; where none is active, one is started, as in MLflow."""
    if run_id is not None:
        return run_id
    return (_innermost() or start_run()).info.run_id


def _open_here() -> tuple[ActiveRun, ...]:
    runs = _active.get()
    return tuple(run for run in runs if _is_open(run)) if runs else runs


def _innermost() -> ActiveRun | None:
    for run in reversed(_active.get()):
        if _is_open(run):
            return run
    return None


def _is_open(run: ActiveRun) -> bool:
    return _open.get(run.info.run_id) is run


def _status_after(error: BaseException | None) -> RunStatus:
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return RunStatus.FINISHED
    return RunStatus.FAILED if isinstance(error, Exception | SystemExit) else RunStatus.KILLED


def forget_active_runs() -> None:
    """Make no run active, leaving those that are open as they are."""
    _active.set(())
    _open.clear()
    _last.run_id = None


def _end_open_runs() -> None:
    """End what nobody ended: as failed, if the process ends by an exception."""
    status = _status_after(getattr(sys, "last_value", None))
    for run in reversed([run for run in _open.values() if run.info.run_id not in _inherited]):
        with guard("end_run"):
            _end(run, status)


def _after_fork_in_child() -> None:
    _inherited.update(_open)  # a worker logs to them; its end is not theirs


atexit.register(_end_open_runs)
os.register_at_fork(after_in_child=_after_fork_in_child)
