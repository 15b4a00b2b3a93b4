"""`spanloom.get_statistics`."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.statistics import GroupBy, Statistics, StatisticsQuery

__all__ = ["get_statistics"]


def get_statistics(
    filter: str | None = None,  # noqa: A002 - as of `search_traces`
    *,
    experiment: str | None = None,
    group_by: GroupBy | None = None,
    interval: int | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    max_groups: int = 100,
) -> Statistics:
    """Return counts, errors, tokens, cost and latency percentiles of the traces that fit, computed in the store.

    Args:
        filter: Conditions as of `spanloom.search_traces`.
        experiment: Only traces of this experiment.
        group_by: `"agent"` (the name of the root span), `"session"`, `"user"` or `"status"` of the traces; `"model"`
            and `"tool"` count the model calls and tool calls of these traces, with their own tokens and latency.
        interval: Seconds of each step of a series over time; without it there is no series.
        start_time: Only traces that began then or later; without a zone it is local time.
        end_time: Only traces that began before.
        max_groups: The most groups; the largest come first.

    Raises:
        FilterError: If the filter can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `group_by` is none of these, or `interval` or `max_groups` is not positive.

    Example:
        >>> today = spanloom.get_statistics(group_by="model", start_time=datetime.now(UTC) - timedelta(days=1))
        >>> {group.name: group.figures.total_tokens for group in today.groups}
    """
    if group_by is not None and group_by not in get_args(GroupBy):
        raise ValueError(f"group_by must be one of {', '.join(get_args(GroupBy))}, or None; got {group_by!r}")
    for name, number in (("interval", interval), ("max_groups", max_groups)):
        if number is not None and number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    pipeline.flush()
    return pipeline.store().statistics(
        StatisticsQuery(
            filter=filter or None,
            experiment=experiment,
            group_by=group_by,
            interval=interval,
            start_time_ms=_unix_ms(start_time),
            end_time_ms=_unix_ms(end_time),
            max_groups=max_groups,
        )
    )


def _unix_ms(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment is not None else None
