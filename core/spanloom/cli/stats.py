"""`spanloom stats`: tokens, cost, latency and errors of many traces."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text

import spanloom
from spanloom.cli.ages import parse_age
from spanloom.cli.statistics_page import group_table, over_time, overview
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import ExperimentOption, FilterOption, JsonOption
from spanloom.tracing.statistics import Statistics

__all__ = ["stats"]

_STEPS = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 2_592_000)
"""Seconds of a step of the charts, whichever makes few enough of them."""

_MOST_STEPS = 48


class _By(StrEnum):
    AGENT = "agent"
    MODEL = "model"
    TOOL = "tool"
    SESSION = "session"
    USER = "user"
    STATUS = "status"


def stats(
    by: Annotated[_By | None, typer.Option(help="One table instead of those by agent, model and tool.")] = None,
    filter_string: FilterOption = None,
    experiment: ExperimentOption = None,
    since: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only traces that began in the last 30m, 24h, 7d, 4w.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many rows of a table.")] = 10,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Count traces, errors, tokens and cost, and measure latency: in all, over time, by agent, model and tool.

    Rows by model and tool count calls, with the tokens and the time of each call.
    """
    begin = datetime.now(UTC) - parse_age(since) if since is not None else None
    url = open_existing(store)
    interval = _interval(filter_string, experiment, begin)
    tables: dict[str, Statistics] = {}
    for group in (by,) if by is not None else (_By.AGENT, _By.MODEL, _By.TOOL):
        tables[group.value] = spanloom.get_statistics(
            filter_string,
            experiment=experiment,
            group_by=group.value,
            interval=interval if not tables else None,
            start_time=begin,
            max_groups=limit,
        )
    whole = next(iter(tables.values()))
    if as_json:
        show_json(_document(whole, interval, tables))
        return
    console = make_console()
    if not whole.total.count:
        show(console, Text(f"No trace in {place(url)} {'fits' if filter_string or experiment or since else 'yet'}."))
        return
    show(console, overview(whole.total))
    if interval is not None and len(whole.series) > 1:
        show(console, Text(), over_time(whole.series, interval))
    for name, statistics in tables.items():
        if statistics.groups:
            show(console, Text(), group_table(name, statistics, console))


def _document(whole: Statistics, interval: int | None, tables: dict[str, Statistics]) -> dict[str, object]:
    document = whole.to_dict()
    groups = {name: statistics.to_dict() for name, statistics in tables.items()}
    return {
        "total": document["total"],
        "interval": interval,
        "series": document["series"],
        "groups": {name: found["groups"] for name, found in groups.items()},
        "more_groups": {name: found["more_groups"] for name, found in groups.items()},
    }


def _interval(filter_string: str | None, experiment: str | None, begin: datetime | None) -> int | None:
    """Return the seconds of a step, so that few enough of them reach from the first trace to the last."""
    times = []
    for order in ("start_time ASC", "start_time DESC"):
        found = spanloom.search_traces(
            filter_string, experiment=experiment, order_by=order, max_results=1, include_spans=False
        )
        times += [trace.info.request_time / 1000 for trace in found]
    if not times:
        return None
    first = max(times[0], begin.timestamp()) if begin is not None else times[0]
    return next((step for step in _STEPS if (times[-1] - first) / step < _MOST_STEPS - 1), _STEPS[-1])
