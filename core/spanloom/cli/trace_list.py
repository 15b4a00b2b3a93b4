"""Traces as a table, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spanloom.cli.formats import duration, elapsed, local_time, one_line
from spanloom.cli.span_tree import style_of_status
from spanloom.cli.terminal import is_plain
from spanloom.tracing.traces import Trace

__all__ = ["trace_line", "trace_list"]

_SHORT_ID = 16
"""Digits of an id that tell traces apart: 12 of the time in milliseconds, 4 random ones."""

_PLAIN_PREVIEW = 100

_SIGNS = {"OK": "✓", "ERROR": "✗", "CANCELLED": "■", "IN_PROGRESS": "…"}


def trace_list(traces: Sequence[Trace], console: Console) -> Table:
    """Return the table; for a program, ids and times are written in full."""
    plain = is_plain(console)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=not plain)
    table.add_column("ID", no_wrap=True)
    table.add_column("STARTED" if plain else "WHEN", no_wrap=True)
    table.add_column("STATE" if plain else "", no_wrap=True)
    table.add_column("TIME", justify="right", no_wrap=True)
    table.add_column("TOKENS", justify="right", no_wrap=True)
    table.add_column("NAME", no_wrap=True, overflow="ellipsis", max_width=None if plain else 18)
    table.add_column("ASKED", no_wrap=True, overflow="ellipsis", ratio=None if plain else 1)
    for trace in traces:
        info = trace.info
        table.add_row(
            Text(info.trace_id if plain else info.trace_id[:_SHORT_ID]),
            local_time(info.request_time).isoformat(timespec="seconds") if plain else elapsed(info.request_time),
            Text(info.state if plain else _SIGNS.get(info.state, "?"), style_of_status(info.state)),
            duration(info.execution_duration) if info.execution_duration is not None else "-",
            f"{info.token_usage.total:,}" if info.token_usage is not None else "-",
            Text(one_line(info.name, 60)),
            Text(one_line(info.request_preview or "-", _PLAIN_PREVIEW), "dim"),
        )
    return table


def trace_line(trace: Trace, console: Console) -> Table:
    """Return one trace as a line of a growing list: when it ended, how, how long it took."""
    info, plain = trace.info, is_plain(console)
    ended = local_time(info.request_time + (info.execution_duration or 0))
    line = Table.grid(padding=(0, 2, 0, 0), expand=not plain)
    for width, right in ((None, False), (None, False), (10, True), (8, True), (None, False)):
        line.add_column(no_wrap=True, min_width=width, justify="right" if right else "left")
    line.add_column(no_wrap=True, overflow="ellipsis", min_width=18, max_width=None if plain else 18)
    line.add_column(no_wrap=True, overflow="ellipsis", ratio=None if plain else 1)
    line.add_row(
        ended.isoformat(timespec="seconds") if plain else f"{ended:%H:%M:%S}",
        Text(f"{info.state:<9}" if plain else _SIGNS.get(info.state, "?"), style_of_status(info.state)),
        duration(info.execution_duration) if info.execution_duration is not None else "-",
        f"{info.token_usage.total:,}" if info.token_usage is not None else "-",
        Text(info.trace_id if plain else info.trace_id[:_SHORT_ID]),
        Text(one_line(info.name, 60)),
        Text(one_line(info.request_preview or "-", _PLAIN_PREVIEW), "dim"),
    )
    return line
