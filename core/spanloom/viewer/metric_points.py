"""The history of a metric, as many points of it as a chart can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from spanloom.tracking import Metric

__all__ = ["thinned"]

_SLICES: Final = 200


def thinned(history: Sequence[Metric]) -> list[tuple[int, float | None]]:
    """Return `(step, value)`; of a long history the least and the greatest of each slice, so that no peak is lost.

    Example:
        >>> thinned([Metric("loss", 0.5, 0, 1), Metric("loss", math.nan, 0, 2)])
        [(1, 0.5), (2, None)]
    """
    if len(history) <= 2 * _SLICES:
        kept = list(history)
    else:
        size = math.ceil(len(history) / _SLICES)
        kept = [history[0]]
        for start in range(1, len(history) - 1, size):
            kept += _extremes(history[start : min(start + size, len(history) - 1)])
        kept.append(history[-1])
    return [(metric.step, metric.value if math.isfinite(metric.value) else None) for metric in kept]


def _extremes(part: Sequence[Metric]) -> list[Metric]:
    """Return the least and the greatest in their order, and what is no number if there is nothing else."""
    places = [place for place, metric in enumerate(part) if math.isfinite(metric.value)]
    if not places:
        return [part[0]]
    least = min(places, key=lambda place: part[place].value)
    greatest = max(places, key=lambda place: part[place].value)
    return [part[place] for place in sorted({least, greatest})]
