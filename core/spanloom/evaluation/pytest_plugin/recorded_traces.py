"""The traces of a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, overload

from spanloom.store.engines import forget_connections
from spanloom.tracing.configuration import configure
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.search import search_traces
from spanloom.tracing.settings import settings
from spanloom.tracing.traces import Trace

__all__ = ["RecordedTraces", "recorded_traces"]

_MOST: Final = 100_000


class RecordedTraces(Sequence[Trace]):
    """The traces in the store, the oldest first, each time as they are now.

    Example:
        >>> agent.predict({"input": "hi"})
        >>> (trace,) = spanloom_traces
        >>> assert [span.name for span in trace.search_spans(span_type="TOOL")] == ["get_weather"]
    """

    @overload
    def __getitem__(self, index: int) -> Trace: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Trace]: ...

    def __getitem__(self, index: int | slice) -> Trace | Sequence[Trace]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[Trace]:
        return iter(self._now())

    def __repr__(self) -> str:
        return f"<RecordedTraces {[trace.info.name for trace in self]}>"

    @staticmethod
    def _now() -> list[Trace]:
        return search_traces(max_results=_MOST)[::-1]


@contextmanager
def recorded_traces(path: Path) -> Iterator[RecordedTraces]:
    """Record into a store of its own for a while; the one before is opened again when it is needed."""
    store, enabled = settings.store, settings.enabled
    configure(store=f"sqlite:///{path}", enabled=True)
    try:
        yield RecordedTraces()
    finally:
        pipeline.close()
        forget_connections()
        settings.store, settings.enabled = store, enabled
