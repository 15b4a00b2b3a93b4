"""Figures of many traces, computed by the database: one query for the total, one for the groups, one for the series.

The percentiles are exact. Standard SQL but for the selection of the traces and the reading of JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from spanloom.store.search.dialect import Dialect
from spanloom.store.search.query import nanoseconds, selection
from spanloom.store.search.sql import Sql
from spanloom.tracing import attributes
from spanloom.tracing.exporters import TraceQuery
from spanloom.tracing.statistics import (
    Figures,
    Latency,
    Statistics,
    StatisticsBucket,
    StatisticsGroup,
    StatisticsQuery,
)

__all__ = ["statistics_of"]

Row = Any
"""What a database gives: values by name and by number."""

Select = Callable[[Sql], Sequence[Row]]

_PERCENTILES: Final = (50, 90, 95, 99)
_NAMES_OF_TRACES: Final = {
    "agent": "coalesce(traces.name, NULL)",
    "session": "coalesce(traces.session_id, NULL)",
    "user": "coalesce(traces.user, NULL)",
    "status": "coalesce(traces.state, NULL)",
}
_CALLS: Final = {
    "model": ("spans.model", "spans.span_type IN ('CHAT_MODEL', 'LLM', 'EMBEDDING')"),
    "tool": ("spans.name", "spans.span_type = 'TOOL'"),
}
_EVERYTHING: Final = "0"
# `coalesce` and the sum keep SQLite from walking an index of the column, and looking each row up in the table.
_OF_TRACES: Final = (
    "SELECT {name} AS name, traces.execution_duration + 0 AS duration, traces.state AS status, traces.cost AS cost, "
    "traces.input_tokens AS input_tokens, traces.output_tokens AS output_tokens, traces.total_tokens AS total_tokens "
)
_NUMBERS_OF_SPANS: Final = {
    attributes.TOTAL_COST: "cost",
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.total_tokens": "total_tokens",
}
_OF_SPANS: Final = (
    "SELECT {name} AS name, (spans.end_time_ns - spans.start_time_ns) / 1e6 AS duration, spans.status AS status, "
)
_SUMS: Final = (
    "SELECT name, count(*) AS count, sum(CASE WHEN status = 'ERROR' THEN 1 ELSE 0 END) AS errors, "
    "sum(coalesce(input_tokens, 0)) AS input_tokens, sum(coalesce(output_tokens, 0)) AS output_tokens, "
    "sum(coalesce(total_tokens, coalesce(input_tokens, 0) + coalesce(output_tokens, 0))) AS total_tokens, "
    "sum(cost) AS cost, count(duration) AS known, avg(duration) AS mean, max(duration) AS longest, "
    "count(*) OVER () AS groups FROM ({rows}) AS measured GROUP BY name ORDER BY count(*) DESC, name LIMIT ?"
)
_PLACES: Final = ", ".join(
    f"(known - 1) * {percent} / 100, ((known - 1) * {percent} + 99) / 100" for percent in _PERCENTILES
)
_PLACED: Final = (
    "SELECT name, place, duration FROM ("  # noqa: S608 - constants
    "SELECT name, duration, row_number() OVER in_order - 1 AS place, count(*) OVER in_order AS known "
    "FROM ({rows}) AS measured WHERE duration IS NOT NULL AND ({names}) WINDOW in_order AS "
    "(PARTITION BY name ORDER BY duration ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    f") AS placed WHERE place IN ({_PLACES})"
)
_NS_PER_SECOND: Final = 1_000_000_000
_UNLIMITED: Final = 2**62


def statistics_of(query: StatisticsQuery, select: Select, dialect: Dialect) -> Statistics:
    """Return what the store tells about the traces that fit.

    Args:
        query: What is asked.
        select: Runs a query.
        dialect: The engine's spellings.

    Raises:
        FilterError: If the filter can't be understood.
    """
    traces = _selected(query, select, dialect)
    totals, _ = _summarize(_traces(_EVERYTHING, traces), select)
    groups: dict[Any, Figures] = {}
    more_groups = 0
    if query.group_by is not None:
        groups, more_groups = _summarize(_groups(query, traces, dialect), select, query.max_groups)
    series: dict[Any, Figures] = {}
    if query.interval is not None:
        number = f"traces.start_time_ns / {query.interval * _NS_PER_SECOND}"
        series, _ = _summarize(_traces(number, traces), select)
    return Statistics(
        total=next(iter(totals.values()), Figures()),
        groups=tuple(StatisticsGroup(name, figures) for name, figures in groups.items()),
        more_groups=more_groups,
        series=tuple(
            StatisticsBucket(number * (query.interval or 1) * 1000, series[number]) for number in sorted(series)
        ),
    )


def _selected(query: StatisticsQuery, select: Select, dialect: Dialect) -> Sql:
    """Return the FROM and WHERE of the traces that fit."""
    begin = query.start_time_ms
    further = [Sql("traces.start_time_ns >= ?", (nanoseconds(begin),))] if begin is not None else []
    wanted = TraceQuery(filter=query.filter, experiment=query.experiment, before_ms=query.end_time_ms)
    return selection(wanted, lambda asked: next(iter(dict(select(asked)[0]).values())), *further, dialect=dialect)


def _traces(name: str, traces: Sql) -> Sql:
    return Sql(_OF_TRACES.format(name=name) + traces.text, traces.parameters)


def _groups(query: StatisticsQuery, traces: Sql, dialect: Dialect) -> Sql:
    if query.group_by in _NAMES_OF_TRACES:
        return _traces(_NAMES_OF_TRACES[query.group_by], traces)
    assert query.group_by is not None
    name, are_calls = _CALLS[query.group_by]
    numbers = [(dialect.member("spans.attributes", key, float), alias) for key, alias in _NUMBERS_OF_SPANS.items()]
    columns = ", ".join(f"{number.text} AS {alias}" for number, alias in numbers)
    calls = Sql(
        f"{_OF_SPANS.format(name=name)}{columns} FROM spans WHERE {are_calls}",
        tuple(value for number, _ in numbers for value in number.parameters),
    )
    if (query.filter, query.experiment, query.start_time_ms, query.end_time_ms) == (None,) * 4:
        return calls
    among = f" AND spans.trace_id IN (SELECT traces.trace_id {traces.text})"
    return Sql(calls.text + among, (*calls.parameters, *traces.parameters))


def _summarize(rows: Sql, select: Select, most: int | None = None) -> tuple[dict[Any, Figures], int]:
    """Return the figures by name, the largest first, and how many names are left out."""
    sums = select(Sql(_SUMS.format(rows=rows.text), (*rows.parameters, most if most is not None else _UNLIMITED)))
    names = [row["name"] for row in sums] if most is not None else []
    among = " OR ".join(["name IS NULL", *["name = ?"] * len(names)]) if most is not None else "1 = 1"
    durations: dict[Any, dict[int, float]] = {row["name"]: {} for row in sums}
    for row in select(Sql(_PLACED.format(rows=rows.text, names=among), (*rows.parameters, *names))):
        if row["name"] in durations:
            durations[row["name"]][row["place"]] = float(row["duration"])  # some engines have exact numbers
    left_out = sums[0]["groups"] - len(sums) if sums else 0
    return {row["name"]: _figures(row, durations[row["name"]]) for row in sums}, left_out


def _figures(row: Row, durations: Mapping[int, float]) -> Figures:
    return Figures(
        count=row["count"],
        errors=row["errors"],
        input_tokens=int(row["input_tokens"]),
        output_tokens=int(row["output_tokens"]),
        total_tokens=int(row["total_tokens"]),
        cost=float(row["cost"]) if row["cost"] is not None else None,
        latency=_latency(row, durations) if durations else None,
    )


def _latency(row: Row, durations: Mapping[int, float]) -> Latency:
    p50, p90, p95, p99 = (_percentile(percent, row["known"], durations) for percent in _PERCENTILES)
    return Latency(mean=float(row["mean"]), p50=p50, p90=p90, p95=p95, p99=p99, max=float(row["longest"]))


def _percentile(percent: int, known: int, durations: Mapping[int, float]) -> float:
    place, rest = divmod((known - 1) * percent, 100)
    below = float(durations[place])
    return below + (durations[place + 1] - below) * rest / 100 if rest else below
