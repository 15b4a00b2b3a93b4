"""The end of a Ray cluster where rows are worked on: an actor, a process that works on several rows at once."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import orjson
from ray import cloudpickle

from spanloom.evaluation.row import RowResult
from spanloom.evaluation.surroundings import Outbox, Recorded, Surroundings
from spanloom.tracing.snapshot import snapshot

__all__ = ["Worker"]

_dumps: Final[Callable[[Any], bytes]] = cloudpickle.dumps
_loads: Final[Callable[[bytes], Any]] = cloudpickle.loads


class Worker:
    """Works on rows; made a Ray actor by the engine, whose methods run in threads of its process."""

    _outbox: Outbox
    _surroundings: Surroundings
    _work: Callable[[Any], Any]

    def begin(self, surroundings: bytes, work: bytes) -> None:
        """Take over the sender's settings, then load what to do: it may import frameworks that are traced."""
        self._surroundings = _loads(surroundings)
        self._outbox = self._surroundings.take_over()
        self._work = _loads(work)

    def work(self, row: bytes) -> tuple[bytes, Recorded]:
        """Return what came of a row, and what was recorded meanwhile."""
        result = contextvars.copy_context().run(self._worked, row)
        return result, self._outbox.empty()

    def _worked(self, row: bytes) -> bytes:
        self._surroundings.enter()
        result = self._work(_loads(row))
        try:
            return _dumps(result)
        except Exception:
            if not isinstance(result, RowResult):
                raise
            # Objects that live in this process only are sent as the store would keep them.
            return _dumps(replace(result, outputs=orjson.loads(snapshot(result.outputs))))

    def rest(self) -> Recorded:
        """Return what was recorded after the last row."""
        return self._outbox.empty()
