"""`evaluate(..., engine="ray")`: rows are worked on by the processes of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from spanloom.errors import EvaluationError, extra_needed
from spanloom.evaluation.row import Row, RowResult
from spanloom.evaluation.row_work import RowWork
from spanloom.tracing.assessments import AssessmentError

with extra_needed("engine='ray'", "ray", "ray"):
    from spanloom.evaluation.ray_pool import pickled, work_in_pool

__all__ = ["RayEngine", "make_engine"]


class RayEngine:
    """Processes of a Ray cluster: the one that the program has joined, or what `ray.init()` finds or starts.

    Args:
        max_workers: How many rows are worked on at once, in as many processes as the cluster has CPUs for.
    """

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max_workers

    def run(self, rows: Sequence[Row], work: Callable[[Row], RowResult]) -> Iterator[list[RowResult]]:
        """See `Engine`.

        Raises:
            EvaluationError: If the function or a scorer can't be sent to the processes, or they can't start.
        """
        return work_in_pool(rows, _pickled_work(work), _failed, self._max_workers)


def make_engine(max_workers: int) -> RayEngine:
    """Return the engine.

    Raises:
        MissingExtraError: If Ray is not installed.
    """
    return RayEngine(max_workers)


def _failed(row: Row, error: Exception) -> RowResult:
    return RowResult(
        position=row.position,
        key=row.key,
        inputs_digest=row.inputs_digest,
        inputs=row.inputs,
        expectations=row.expectations,
        tags=row.tags,
        error=replace(AssessmentError.from_exception(error), stack_trace=None),
    )


def _pickled_work(work: Callable[[Row], RowResult]) -> bytes:
    try:
        return pickled(work)
    except Exception as error:
        part, reason = _unsendable(work, error)
        raise EvaluationError(
            f"evaluate(engine='ray'): {part} can't be sent to another process: {reason}. Make clients, connections, "
            "locks and open files where they are used, e.g. inside the function"
        ) from error


def _unsendable(work: Any, error: Exception) -> tuple[str, Exception]:
    if isinstance(work, RowWork):
        for part, value in work.parts():
            try:
                pickled(value)
            except Exception as found:
                return part, found
    return "what is to be done", error
