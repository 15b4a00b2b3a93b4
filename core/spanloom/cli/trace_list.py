"""Traces as a table, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from spanloom.cli.formats import duration, elapsed, local_time, one_line
from spanloom.cli.span_tree import style_of_status
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import is_plain
from spanloom.tracing.traces import Trace

__all__ = ["trace_line", "trace_list"]

_SHORT_ID = 16
"""Digits of an id that tell traces apart: 12 of the time in milliseconds, 4 random ones."""

_PLAIN_PREVIEW = 100
_NAME = 18

_SIGNS = {"OK": "✓", "ERROR": "✗", "CANCELLED": "■", "IN_PROGRESS": "…"}


def trace_list(traces: Sequence[Trace], console: Console) -> FittedTable:
    """Return the table; for a program, ids and times are written in full."""
    plain = is_plain(console)
    table = FittedTable(
        "ID",
        Column("STARTED" if plain else "WHEN", rank=1),
        "STATE" if plain else "",
        Column("TIME", rank=3, right=True),
        Column("TOKENS", rank=4, right=True),
        Column("NAME", least=14),
        Column("ASKED", least=10, rank=2),
    )
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


def trace_line(trace: Trace, console: Console) -> FittedTable:
    """Return one trace as a line of a growing list: when it ended, how, how long it took."""
    info, plain = trace.info, is_plain(console)
    ended = local_time(info.request_time + (info.execution_duration or 0))
    took = duration(info.execution_duration) if info.execution_duration is not None else "-"
    tokens = f"{info.token_usage.total:,}" if info.token_usage is not None else "-"
    line = FittedTable(
        Column("", rank=1),
        "",
        Column("", rank=3),
        Column("", rank=4),
        "",
        Column("", least=14),
        Column("", least=10, rank=2),
        show_header=False,
    )
    line.add_row(  # padded, so that the lines below each other are alike
        ended.isoformat(timespec="seconds") if plain else f"{ended:%H:%M:%S}",
        Text(f"{info.state:<9}" if plain else _SIGNS.get(info.state, "?"), style_of_status(info.state)),
        f"{took:>10}",
        f"{tokens:>8}",
        info.trace_id if plain else info.trace_id[:_SHORT_ID],
        f"{one_line(info.name, 60 if plain else _NAME):<{_NAME}}",
        Text(f"{one_line(info.request_preview or '-', _PLAIN_PREVIEW):<{_PLAIN_PREVIEW}}", "dim"),
    )
    return line
