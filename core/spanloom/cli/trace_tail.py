"""`spanloom traces tail`: new traces as they end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

import orjson
import typer
from rich.console import Console

from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import make_console, show
from spanloom.cli.trace_list import trace_line
from spanloom.cli.trace_options import ExperimentOption, FilterOption, JsonOption
from spanloom.tracing.exporters import TraceQuery, TraceStore
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.traces import Trace

__all__ = ["tail"]

_PAUSE_SECONDS = 0.5
_REMEMBERED = 100_000
"""Traces that were shown; a store may tell of one again when a late span of it arrives."""


def tail(
    filter_string: FilterOption = None,
    experiment: ExperimentOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Follow the store: print each new trace when it ends, whichever process records it. Ctrl-C stops.

    With `--json`, one document a line.
    """
    url = open_existing(store)
    console = make_console()
    followed = _Followed(pipeline.store(), filter_string, experiment)
    typer.echo(f"following the traces of {place(url)} (Ctrl-C stops)", err=True)
    while True:
        for trace in followed.ended():
            _print(trace, console, as_json=as_json)
        sys.stdout.flush()
        time.sleep(_PAUSE_SECONDS)


def _print(trace: Trace, console: Console, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(trace.to_dict()["info"]).decode() + "\n")
    else:
        show(console, trace_line(trace, console))


class _Followed:
    """Which traces ended since the last question, each of them once.

    A store tells which traces changed, whenever they began; those that go on are told again when they end.
    """

    def __init__(self, store: TraceStore, filter_string: str | None, experiment: str | None) -> None:
        self._store = store
        self._filter, self._experiment = filter_string, experiment
        known, self._cursor = store.changed_traces()
        self._shown = dict.fromkeys(trace.info.trace_id for trace in self._search(known, None))
        self._search([], filter_string)  # a mistake in the filter is told at once

    def ended(self) -> Iterator[Trace]:
        """Return what ended, in this order."""
        changed, self._cursor = self._store.changed_traces(self._cursor)
        new = [trace_id for trace_id in changed if trace_id not in self._shown]
        for trace in sorted(self._search(new, self._filter) if new else [], key=_end):
            self._shown[trace.info.trace_id] = None
            yield trace
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]

    def _search(self, trace_ids: Sequence[str], filter_string: str | None) -> list[Trace]:
        found = self._store.search_traces(
            TraceQuery(
                filter=filter_string or None,
                experiment=self._experiment,
                trace_ids=trace_ids,
                max_results=max(1, len(trace_ids)),
                include_spans=False,
            )
        )
        return [trace for trace in found if trace.info.execution_duration is not None]


def _end(trace: Trace) -> tuple[int, int]:
    """Return when it ended; of two that ended in the same millisecond, what began first comes first."""
    return trace.info.request_time + (trace.info.execution_duration or 0), trace.info.request_time
