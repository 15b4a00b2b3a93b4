"""Work on many items in the processes of a Ray cluster; an item that ends its process costs no other item."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import ray
from ray import cloudpickle
from ray.exceptions import RayActorError, RayError, RayTaskError

from spanloom.errors import EvaluationError, WorkerDiedError
from spanloom.evaluation.ray_worker import Worker
from spanloom.evaluation.surroundings import keep, surroundings

__all__ = ["pickled", "work_in_pool"]

logger = logging.getLogger("spanloom")

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_START_ATTEMPTS: Final = 3
_LAST_WORDS_SECONDS: Final = 10.0


def pickled(value: Any) -> bytes:
    """Return a value for a worker; functions that can't be imported there are sent as code."""
    data: bytes = cloudpickle.dumps(value)
    return data


def work_in_pool(
    items: Sequence[ItemT], work: bytes, failed: Callable[[ItemT, Exception], ResultT], max_workers: int
) -> Iterator[list[ResultT]]:
    """Yield what came of the items as it comes, in any order; what they record is kept in this process.

    Where a process dies that was working on several items, each of them is tried once more, alone.

    Args:
        items: What to work on.
        work: The pickled function that makes an item into a result; it raises nothing.
        failed: Makes a result for an item that could not be sent, or whose process died.
        max_workers: How many items are worked on at once.

    Raises:
        EvaluationError: If no worker can start.
    """
    with _cluster():
        pool = _Pool(items, work, failed, max_workers)
        try:
            while pool.left:
                yield pool.next_results()
            pool.hear_last_words()
        except KeyboardInterrupt:
            yield pool.results_so_far()
            raise
        finally:
            pool.end()


@contextmanager
def _cluster() -> Iterator[None]:
    """Join a cluster, unless the program has; leave it in the end, and end it if it was begun here."""
    if ray.is_initialized():
        yield
        return
    ray.init(include_dashboard=False)
    try:
        yield
    finally:
        ray.shutdown()


@dataclass(eq=False)
class _Worker:
    """A process, as it is seen from here.

    Attributes:
        actor: Its handle.
        places: How many items it works on at once.
        starting: What comes when it is ready; `None` afterwards.
        underway: The items it works on, by what comes when they are done.
        alone: Whether it has one item that may end it.
        shared_fate: Whether it died with several items; `None` while it lives.
    """

    actor: Any
    places: int
    starting: Any
    underway: dict[Any, Any] = field(default_factory=dict)
    alone: bool = False
    shared_fate: bool | None = None

    @property
    def has_place(self) -> bool:
        ready = self.starting is None and self.shared_fate is None
        return ready and not self.alone and len(self.underway) < self.places


class _Pool(Generic[ItemT, ResultT]):
    def __init__(
        self, items: Sequence[ItemT], work: bytes, failed: Callable[[ItemT, Exception], ResultT], max_workers: int
    ) -> None:
        self.left = len(items)
        self._waiting = deque(items)
        self._suspects: deque[ItemT] = deque()
        self._failed = failed
        self._setup = (ray.put(pickled(surroundings())), ray.put(work))
        self._failed_starts = 0
        processes = min(max_workers, len(items), max(1, int(ray.cluster_resources().get("CPU", 1))))
        places, rest = divmod(max_workers, processes)
        self._workers = [self._start(places + (number < rest)) for number in range(processes)]

    def _start(self, places: int) -> _Worker:
        kind: Any = ray.remote(Worker)
        actor = kind.options(num_cpus=1, max_concurrency=places, max_restarts=0, max_task_retries=0).remote()
        return _Worker(actor, places, actor.begin.remote(*self._setup))

    def next_results(self) -> list[ResultT]:
        """Hand out what there are places for, and wait until something is done."""
        results = [result for worker in self._workers for result in self._hand_out(worker)]
        self.left -= len(results)
        return results or self._arrived(None)

    def results_so_far(self) -> list[ResultT]:
        """Return what is done, without waiting."""
        return self._arrived(0)

    def _hand_out(self, worker: _Worker) -> Iterator[ResultT]:
        while worker.has_place and (self._waiting or self._suspects):
            if self._suspects and not worker.underway:
                item, worker.alone = self._suspects.popleft(), True
            elif self._waiting:
                item = self._waiting.popleft()
            else:
                return
            try:
                data = pickled(item)
            except Exception as error:
                worker.alone = False
                yield self._failed(item, _unsendable(error))
                continue
            worker.underway[worker.actor.work.remote(data)] = item

    def _arrived(self, timeout: float | None) -> list[ResultT]:
        owners = {ref: worker for worker in self._workers for ref in worker.underway}
        owners |= {worker.starting: worker for worker in self._workers if worker.starting is not None}
        if not owners:
            return []
        ready, _ = ray.wait(list(owners), timeout=timeout)
        if ready:
            ready, _ = ray.wait(list(owners), num_returns=len(owners), timeout=0)
        results: list[ResultT] = []
        for ref in ready:
            if ref == owners[ref].starting:
                self._started(owners[ref], ref)
            else:
                results += self._finished(owners[ref], ref)
        self._workers = [worker for worker in self._workers if worker.shared_fate is None or worker.underway]
        self.left -= len(results)
        return results

    def _started(self, worker: _Worker, ref: Any) -> None:
        try:
            ray.get(ref)
        except RayTaskError as error:
            raise EvaluationError(
                f"a Ray worker can't load what it is to do: {_reason(error)}. What the function needs must be "
                "installed on every machine of the cluster, or sent along: ray.init(runtime_env={'working_dir': '.'})"
            ) from error
        except RayActorError as error:
            self._failed_starts += 1
            if self._failed_starts == _START_ATTEMPTS:
                raise EvaluationError(f"Ray workers die as they start: {_reason(error)}") from error
            self._replace(worker, others=False)
        else:
            self._failed_starts = 0
            worker.starting = None

    def _replace(self, worker: _Worker, *, others: bool) -> None:
        worker.shared_fate, worker.starting = others, None
        ray.kill(worker.actor)
        self._workers.append(self._start(worker.places))

    def _finished(self, worker: _Worker, ref: Any) -> list[ResultT]:
        try:
            data, recorded = ray.get(ref)
        except RayError as error:
            return self._lost(worker, worker.underway.pop(ref), error)
        finally:
            worker.alone = False
        item = worker.underway.pop(ref)
        keep(recorded)
        try:
            return [cloudpickle.loads(data)]
        except Exception as error:
            return [self._failed(item, EvaluationError(f"what the worker answered can't be read here: {error}"))]

    def _lost(self, worker: _Worker, item: ItemT, error: RayError) -> list[ResultT]:
        if isinstance(error, RayTaskError):
            return [self._failed(item, error.cause)]
        if worker.shared_fate is None:
            self._replace(worker, others=bool(worker.underway))
        if worker.shared_fate:
            self._suspects.append(item)
            return []
        return [self._failed(item, WorkerDiedError(f"the process that worked on this row died: {_reason(error)}"))]

    def hear_last_words(self) -> None:
        """Keep what was recorded after the last results."""
        for worker in self._workers:
            if worker.starting is None:
                try:
                    keep(ray.get(worker.actor.rest.remote(), timeout=_LAST_WORDS_SECONDS))
                except RayError:
                    logger.warning("spanloom: a Ray worker did not tell what it recorded last", exc_info=True)

    def end(self) -> None:
        """End the processes."""
        for worker in self._workers:
            ray.kill(worker.actor)


def _unsendable(error: Exception) -> EvaluationError:
    return EvaluationError(f"this row can't be sent to another process: {error}")


def _reason(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {lines[0]}" if lines else type(cause).__name__
