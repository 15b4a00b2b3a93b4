"""From the scores of many rows to one number: the aggregations of a scorer. Their names are MLflow's."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

__all__ = ["Aggregation", "aggregation_names", "number_of", "percentile"]

AggregationName: TypeAlias = Literal["mean", "min", "max", "median", "variance", "p90"]
Aggregation: TypeAlias = AggregationName | Callable[[list[float]], float]

_WORDS: Final = {"yes": 1.0, "no": 0.0}


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which this fraction (0 to 1) of the values lies, interpolated linearly as NumPy does.

    Example:
        >>> percentile([1.0, 2.0, 3.0], 0.5)
        2.0
    """
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _p90(values: Sequence[float]) -> float:
    return percentile(values, 0.9)


# The variance is that of the population, as NumPy's and therefore MLflow's.
AGGREGATIONS: Final[dict[str, Callable[[list[float]], float]]] = {
    "mean": statistics.fmean,
    "min": min,
    "max": max,
    "median": statistics.median,
    "variance": statistics.pvariance,
    "p90": _p90,
}


def aggregation_names(aggregations: Sequence[Aggregation]) -> dict[str, Callable[[list[float]], float]]:
    """Name each aggregation, as the part of a metric's name after the slash.

    A function is called by its `__name__`, a lambda `lambda`; names that come twice are counted, `lambda_2`.

    Example:
        >>> list(aggregation_names(["mean", lambda values: 0.0, lambda values: 1.0]))
        ['mean', 'lambda', 'lambda_2']
    """
    named: dict[str, Callable[[list[float]], float]] = {}
    for aggregation in aggregations:
        name = base = aggregation if isinstance(aggregation, str) else _function_name(aggregation)
        count = 1
        while name in named:
            count += 1
            name = f"{base}_{count}"
        named[name] = AGGREGATIONS[aggregation] if isinstance(aggregation, str) else aggregation
    return named


def _function_name(function: Any) -> str:
    inner = getattr(function, "func", function)  # a functools.partial has no name of its own
    return str(getattr(inner, "__name__", type(inner).__name__)).strip("<>")


def number_of(value: Any) -> float | None:
    """Return a score as a number: yes/no and booleans as 1 and 0; `None` if it is no number.

    Example:
        >>> number_of("Yes"), number_of(False), number_of(0.5), number_of("perhaps")
        (1.0, 0.0, 0.5, None)
    """
    if isinstance(value, bool | int | float):
        return float(value)
    return _WORDS.get(value.strip().lower()) if isinstance(value, str) else None
