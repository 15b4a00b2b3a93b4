"""What is asked and told about many traces at once: counts, errors, tokens, cost, latency."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Figures", "GroupBy", "Latency", "Statistics", "StatisticsBucket", "StatisticsGroup", "StatisticsQuery"]

GroupBy = Literal["agent", "model", "tool", "session", "user", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """Which traces are counted, and how they are told apart; see `spanloom.get_statistics`.

    Attributes:
        filter: Text of the search language; without one every trace counts.
        experiment: Only traces of this experiment.
        group_by: `"agent"` is the name of the root span; `"model"` and `"tool"` count the spans of the traces that fit.
        interval: Seconds of a bucket of the series; without one there is no series.
        start_time_ms: Only traces that began at this Unix time in milliseconds, or later.
        end_time_ms: Only traces that began before this one.
        max_groups: The most groups; the largest come first.
    """

    filter: str | None = None
    experiment: str | None = None
    group_by: GroupBy | None = None
    interval: int | None = None
    start_time_ms: int | None = None
    end_time_ms: int | None = None
    max_groups: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long it took, in milliseconds; percentiles lie between two values as in SQL's `percentile_cont`."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a set of traces, or of model or tool calls.

    Attributes:
        count: How many there are.
        errors: How many of them failed.
        input_tokens: Zero where nobody reported any, as are the other tokens.
        output_tokens: Reasoning included.
        total_tokens: Not always the sum of both: some providers report nothing else.
        cost: US dollars, `None` where no price is known.
        latency: `None` if none of them has ended.
    """

    count: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: float | None = None
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class StatisticsGroup:
    """What has one name in common; `None` for what has no session, user or model."""

    name: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class StatisticsBucket:
    """The traces that began in one interval.

    Attributes:
        start_time_ms: When the interval begins: a Unix time in milliseconds, a multiple of the interval.
        figures: Of these traces.
    """

    start_time_ms: int
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a store tells about the traces that fit.

    Attributes:
        total: Of all traces.
        groups: The largest first; of model or tool calls if these were asked for.
        more_groups: How many groups are left out.
        series: The intervals in which traces began, in order; empty ones are left out.
    """

    total: Figures
    groups: tuple[StatisticsGroup, ...] = ()
    more_groups: int = 0
    series: tuple[StatisticsBucket, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data; the figures of a group stand beside its `name`, of a bucket beside its time."""
        return {
            "total": asdict(self.total),
            "groups": [{"name": group.name, **asdict(group.figures)} for group in self.groups],
            "more_groups": self.more_groups,
            "series": [{"start_time_ms": bucket.start_time_ms, **asdict(bucket.figures)} for bucket in self.series],
        }
