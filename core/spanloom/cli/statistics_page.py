"""Statistics as people read them: a line of totals, small charts over time, a table of groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console, Group
from rich.text import Text

from spanloom.cli.formats import dollars, duration, local_time, one_line
from spanloom.cli.span_tree import style_of_status, style_of_type
from spanloom.cli.sparkline import bar, sparkline
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import is_plain
from spanloom.tracing.statistics import Figures, Statistics, StatisticsBucket
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["group_table", "over_time", "overview"]

_WIDE = 110
"""Columns of a terminal that has room for all percentiles and a chart."""

_BAR = 12
_DAY = 86_400
_ABSENT = "-"
_RED = style_of_status(SpanStatus.ERROR)
_RANKS = {"P50": 1, "P95": 2, "COST": 3, "IN": 4, "OUT": 5, "P99": 6, "P90": 7, "MAX": 8}
"""What is left out first where there is no room: the highest."""

_ALWAYS = frozenset({"TRACES", "CALLS", "ERRORS"})
_COUNTED = {"model": "CALLS", "tool": "CALLS"}
_COLORS = {"traces": style_of_type(SpanType.CHAT_MODEL), "errors": _RED, "tokens": style_of_type(SpanType.TOOL)}


def overview(total: Figures) -> Group:
    """Return two lines: how many, what they used; how long they took."""
    failed = f"{total.errors:,} {'error' if total.errors == 1 else 'errors'} ({_share(total.errors, total.count)})"
    counted = Text(f"{total.count:,} {'trace' if total.count == 1 else 'traces'}", "bold")
    counted.append(" · ", "not bold").append(failed, _RED if total.errors else "not bold")
    used = [f"{total.total_tokens:,} tokens: {total.input_tokens:,} → {total.output_tokens:,}"]
    if total.cost is not None:
        used.append(dollars(total.cost))
    counted.append("".join(f" · {fact}" for fact in used), "not bold")
    if total.latency is None:
        return Group(counted)
    took = total.latency
    figures = {"p50": took.p50, "p90": took.p90, "p95": took.p95, "p99": took.p99, "max": took.max}
    line = Text("latency  ", "dim")
    line.append(" · ".join(f"{name} {duration(value)}" for name, value in figures.items()), "not dim")
    return Group(counted, line)


def over_time(series: Sequence[StatisticsBucket], interval: int) -> FittedTable:
    """Return a line of each figure, one character an interval, with its highest value."""
    steps = _without_gaps(series, interval)
    table = FittedTable("", "", Column("", least=10, rank=1), show_header=False)
    for name, read, written in _CHARTS:
        values = [read(figures) for figures in steps]
        highest = max((value for value in values if value is not None), default=0)
        if highest or name == "traces":
            chart = Text(sparkline(values), _COLORS.get(name, ""))
            table.add_row(Text(name, "dim"), chart, f"up to {written(highest)}")
    form = "%Y-%m-%d" if interval >= _DAY else "%m-%d %H:%M" if interval >= 60 else "%H:%M:%S"  # noqa: PLR2004 - a minute
    first, last = (format(local_time(bucket.start_time_ms), form) for bucket in (series[0], series[-1]))
    gap = len(steps) - len(first) - len(last)
    axis = f"{first}{' ' * gap}{last}" if gap > 0 else first
    table.add_row("", Text(axis, "dim"), Text(f"each {_step(interval)}", "dim"))
    return table


def _without_gaps(series: Sequence[StatisticsBucket], interval: int) -> list[Figures]:
    known = {bucket.start_time_ms: bucket.figures for bucket in series}
    times = range(series[0].start_time_ms, series[-1].start_time_ms + 1, interval * 1000)
    return [known.get(time, Figures()) for time in times]


def group_table(name: str, statistics: Statistics, console: Console) -> FittedTable:
    """Return the table of the groups; for a program, with every column and full names."""
    plain = is_plain(console)
    wide = plain or console.width >= _WIDE
    charted = wide and not plain
    percentiles = ("p50", "p90", "p95", "p99", "max") if wide else ("p50", "p95", "p99")
    cells = [_cells(group.figures, percentiles, in_full=plain) for group in statistics.groups]
    heads = (_COUNTED.get(name, "TRACES"), "ERRORS", "IN", "OUT", "COST", *(each.upper() for each in percentiles))
    told = [place for place, head in enumerate(heads) if head in _ALWAYS or any(row[place] != _ABSENT for row in cells)]
    figures = [Column(heads[place], rank=_RANKS.get(heads[place], 0), right=True) for place in told]
    chart = [Column("", rank=len(_RANKS))] if charted else []
    table = FittedTable(Column(name.upper(), least=16), *figures, *chart)
    most = max(group.figures.count for group in statistics.groups)
    for group, row in zip(statistics.groups, cells, strict=True):
        label = Text(one_line(group.name, 200)) if group.name is not None else Text("(none)", "dim")
        share = [Text(bar(group.figures.count / most, _BAR), _COLORS["traces"])] if charted else []
        table.add_row(label, *(row[place] for place in told), *share)
    if statistics.more_groups:
        table.add_row(Text(f"and {statistics.more_groups:,} more (--limit)", "dim"), *[""] * (len(told) + charted))
    return table


def _cells(figures: Figures, percentiles: Sequence[str], *, in_full: bool) -> list[str | Text]:
    number = "{:,}".format if in_full else _short
    took = figures.latency
    return [
        number(figures.count),
        Text(number(figures.errors), _RED) if figures.errors else _ABSENT,
        number(figures.input_tokens) if figures.input_tokens else _ABSENT,
        number(figures.output_tokens) if figures.output_tokens else _ABSENT,
        _money(figures.cost) if figures.cost is not None else _ABSENT,
        *(duration(getattr(took, each)) if took is not None else _ABSENT for each in percentiles),
    ]


def _short(number: float) -> str:
    """Return a number in at most five characters: `950`, `12.3k`, `1.2M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size * 0.9995:
            scaled = number / size
            return f"{scaled:.1f}{unit}" if scaled < 99.95 else f"{scaled:.0f}{unit}"  # noqa: PLR2004 - three digits
    return f"{number:.0f}"


def _money(cost: float) -> str:
    return dollars(cost) if cost >= 1 else f"${cost:.4f}" if cost >= 1e-4 else dollars(cost)  # noqa: PLR2004 - four digits


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0 %"


def _step(seconds: int) -> str:
    for size, unit in ((_DAY, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


_CHARTS: tuple[tuple[str, Callable[[Figures], float | None], Callable[[float], str]], ...] = (
    ("traces", lambda figures: figures.count, _short),
    ("errors", lambda figures: figures.errors, _short),
    ("tokens", lambda figures: figures.total_tokens, _short),
    ("cost", lambda figures: figures.cost or 0, _money),
    ("p50", lambda figures: figures.latency.p50 if figures.latency is not None else None, duration),
    ("p95", lambda figures: figures.latency.p95 if figures.latency is not None else None, duration),
)
