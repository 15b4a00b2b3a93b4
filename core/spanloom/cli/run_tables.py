"""Runs as tables: many, one in full, several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from rich.console import Console, Group, RenderableType
from rich.style import Style
from rich.text import Text

from spanloom.cli.formats import duration, elapsed, local_time, one_line
from spanloom.cli.sparkline import sparkline
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import is_plain
from spanloom.tracking import Metric, Run

__all__ = ["run_comparison", "run_list", "run_page"]

_SHORT_ID = 16
"""Digits of an id that tell runs apart: 12 of the time in milliseconds, 4 random ones."""

_SIGNS = {"FINISHED": ("✓", "green"), "FAILED": ("✗", "red"), "KILLED": ("■", "yellow"), "RUNNING": ("…", "blue")}
_POINTS = 32
_VALUE = 60


def run_list(runs: Sequence[Run], console: Console) -> FittedTable:
    """Return the table, newest first, with the metrics that most of the runs have."""
    plain = is_plain(console)
    counts: dict[str, int] = {}
    for key in chain.from_iterable(run.data.metrics for run in runs):
        counts[key] = counts.get(key, 0) + 1
    metrics = sorted(counts, key=lambda key: -counts[key])
    table = FittedTable(
        "ID",
        Column("STARTED" if plain else "WHEN", rank=1),
        "STATUS" if plain else "",
        Column("TIME", rank=3),
        Column("NAME", least=20),
        Column("EXPERIMENT", least=12, rank=4),
        *(Column(key, least=14, rank=5 if place else 2) for place, key in enumerate(metrics)),
    )
    for run in runs:
        info = run.info
        table.add_row(
            info.run_id if plain else info.run_id[:_SHORT_ID],
            local_time(info.start_time).isoformat(timespec="seconds") if plain else elapsed(info.start_time),
            _status(run, plain=plain),
            _took(run),
            Text(one_line(info.run_name, 40)),
            Text(one_line(info.experiment_id, 30), "dim"),
            *(_number(run.data.metrics.get(key)) for key in metrics),
        )
    return table


def run_page(run: Run, histories: Mapping[str, Sequence[Metric]]) -> Group:
    """Return everything `spanloom runs show` prints; a metric with several points has a small chart."""
    info = run.info
    sign, color = _SIGNS.get(info.status, ("?", "white"))
    title = Text.assemble(
        (f"{sign} ", color),
        (one_line(info.run_name, 80), "bold"),
        (f" {info.status}", color),
        (f"  {info.run_id}", "dim"),
    )
    when = f"{info.experiment_id} · {local_time(info.start_time):%Y-%m-%d %H:%M:%S} · {_took(run)} · {info.user_id}"
    parts: list[RenderableType] = [title, Text(one_line(when, 200), "dim")]
    for name, values in (("params", run.data.params), ("tags", run.data.tags)):
        if values:
            table = FittedTable(Column(name.upper(), least=20), Column("", least=20))
            for key, value in values.items():
                table.add_row(Text(one_line(key)), Text(one_line(value, 2 * _VALUE)))
            parts += [Text(), table]
    if run.data.metrics:
        table = FittedTable(Column("METRICS", least=20), "LATEST", Column("POINTS", rank=1), Column("", rank=2))
        for key, latest in run.data.metrics.items():
            points = [metric.value for metric in histories.get(key, ())]
            table.add_row(Text(one_line(key)), _number(latest), f"{len(points):,}", Text(_chart(points), "cyan"))
        parts += [Text(), table]
    return Group(*parts)


def run_comparison(runs: Sequence[Run]) -> FittedTable:
    """Return runs side by side: what differs is bold."""
    names = (one_line(run.info.run_name, 24) for run in runs)
    table = FittedTable(Column("", least=20), *(Column(name, least=16, rank=place) for place, name in enumerate(names)))
    table.add_row("run id", *(run.info.run_id[:_SHORT_ID] for run in runs))
    table.add_row("status", *(_status(run, plain=True) for run in runs))
    table.add_row("time", *map(_took, runs))
    for kind in ("params", "metrics"):
        found = [getattr(run.data, kind) for run in runs]
        for key in sorted(set().union(*found)):
            cells = [
                _number(each.get(key)) if kind == "metrics" else one_line(each.get(key, "-"), _VALUE) for each in found
            ]
            style = Style(bold=True) if len(set(cells)) > 1 else Style(dim=True)
            table.add_row(Text(f"{kind}.{key}"), *(Text(cell, style) for cell in cells))
    return table


def _status(run: Run, *, plain: bool) -> Text:
    sign, color = _SIGNS.get(run.info.status, ("?", "white"))
    return Text(run.info.status if plain else sign, color)


def _took(run: Run) -> str:
    return duration(run.info.end_time - run.info.start_time) if run.info.end_time is not None else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _chart(points: Sequence[float]) -> str:
    """Return the shape of a history, from its lowest to its highest point; nothing for less than two."""
    finite = [point for point in points if abs(point) < float("inf")]
    if len(finite) < 2:  # noqa: PLR2004 - a shape needs two points
        return ""
    step = max(1.0, len(finite) / _POINTS)
    shown = [finite[int(place * step)] for place in range(min(_POINTS, len(finite)))]
    lowest = min(shown)
    return sparkline([point - lowest for point in shown])
