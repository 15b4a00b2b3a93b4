"""Where the rows of an evaluation are worked on: in threads of this process, or wherever an engine takes them."""

from __future__ import annotations

import contextvars
import importlib
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from queue import SimpleQueue
from typing import Any, Final, Protocol, TypeVar

from spanloom.errors import EvaluationError
from spanloom.evaluation.row import Row, RowResult

__all__ = ["Engine", "ThreadEngine", "find_engine"]

_OutcomeT = TypeVar("_OutcomeT")

_ENGINES: Final[dict[str, str]] = {"ray": "spanloom.evaluation.ray_engine"}
"""Modules with a function `make_engine(max_workers)`, imported when they are asked for."""


class Engine(Protocol):
    """Works on rows somewhere."""

    def run(self, rows: Sequence[Row], work: Callable[[Row], RowResult]) -> Iterator[list[RowResult]]:
        """Yield what came of the rows as it comes, in any order, as many as there are at a time.

        What `work` raises is not the row's own, and raised here. Closing the iterator ends the work on rows that were
        not begun.
        """


class ThreadEngine:
    """Threads of this process, with a copy of the caller's context each.

    Args:
        max_workers: How many rows are worked on at once.
    """

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max_workers

    def run(self, rows: Sequence[Row], work: Callable[[Row], RowResult]) -> Iterator[list[RowResult]]:
        """See `Engine`."""
        waiting, lock, stopped = iter(rows), threading.Lock(), threading.Event()
        done: SimpleQueue[RowResult | BaseException] = SimpleQueue()

        def serve() -> None:
            while not stopped.is_set():
                with lock:
                    row = next(waiting, None)
                if row is None:
                    return
                try:
                    done.put(work(row))
                except BaseException as error:
                    done.put(error)

        try:
            for _ in repeat(None, min(self._max_workers, len(rows))):
                # Daemons: after Ctrl-C nobody waits for a call that hangs.
                context = contextvars.copy_context()
                threading.Thread(target=context.run, args=(serve,), name="spanloom-evaluation", daemon=True).start()
            left = len(rows)
            while left:
                arrived = [done.get(), *_waiting_in(done)]
                left -= len(arrived)
                yield _results(arrived)
                for error in arrived:
                    if isinstance(error, BaseException):
                        raise error
        except KeyboardInterrupt:
            stopped.set()
            yield _results(_waiting_in(done))
            raise
        finally:
            stopped.set()


def _waiting_in(done: SimpleQueue[_OutcomeT]) -> list[_OutcomeT]:
    return [done.get() for _ in range(done.qsize())]  # only one thread takes


def _results(arrived: Sequence[RowResult | BaseException]) -> list[RowResult]:
    return [outcome for outcome in arrived if not isinstance(outcome, BaseException)]


def find_engine(engine: str | Engine | None, max_workers: int) -> Engine:
    """Return the engine of this name, the one that was given, or threads.

    Raises:
        EvaluationError: If there is none of this name.
        MissingExtraError: If it is not installed.
    """
    if engine is None:
        return ThreadEngine(max_workers)
    if not isinstance(engine, str):
        return engine
    if engine not in _ENGINES:
        raise EvaluationError(f"evaluate(engine={engine!r}): expected {', '.join(map(repr, _ENGINES))} or none")
    module: Any = importlib.import_module(_ENGINES[engine])
    made: Engine = module.make_engine(max_workers)
    return made
