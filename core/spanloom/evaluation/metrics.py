"""From the scores of all rows to the metrics of an evaluation.

A row without an answer is never left out where it would flatter: it counts as 0 for scores that pass or fail (booleans,
yes/no), as does a row on which the scorer failed. It can't count for other numbers, and is left out there. How many
there were is always told: `rows/count`, `rows/failed` and, per scorer that failed, `<name>/errors`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from spanloom.evaluation.aggregation import Aggregation, aggregation_names, number_of
from spanloom.evaluation.row import RowResult
from spanloom.evaluation.scoring import Scorer

__all__ = ["feedback_names", "metrics_of", "numbers_of"]

logger = logging.getLogger("spanloom")

_MEAN: list[Aggregation] = ["mean"]


def metrics_of(rows: Sequence[RowResult], scorers: Sequence[Scorer]) -> dict[str, float]:
    """Return `<name>/<aggregation>` for every feedback that has numbers, and what is said above of rows and errors."""
    aggregations = {
        scorer.name: aggregation_names(_MEAN if scorer.aggregations is None else scorer.aggregations)
        for scorer in scorers
    }
    metrics: dict[str, float] = {}
    for name, scorer in feedback_names(rows).items():
        values = [value for numbers in _all_numbers(rows, name).values() for value in numbers]
        for aggregation, function in aggregations.get(scorer, {}).items() if values else ():
            number = _aggregated(f"{name}/{aggregation}", function, values)
            if number is not None:
                metrics[f"{name}/{aggregation}"] = number
    for row in rows:
        for score in row.scores:
            if score.feedback.error is not None:
                metrics[f"{score.name}/errors"] = metrics.get(f"{score.name}/errors", 0.0) + 1
    metrics["rows/count"] = float(len(rows))
    metrics["rows/failed"] = float(sum(row.error is not None for row in rows))
    return metrics


def _aggregated(metric: str, function: Callable[[list[float]], float], values: list[float]) -> float | None:
    try:
        number = float(function(values))
    except Exception:
        logger.warning("spanloom: the aggregation %s failed; it is left out", metric, exc_info=True)
        return None
    if math.isfinite(number):
        return number
    logger.warning("spanloom: the aggregation %s gave %s, which is no metric; it is left out", metric, number)
    return None


def numbers_of(rows: Sequence[RowResult], name: str) -> dict[str, float | None]:
    """Return the number of one feedback by the rows' digest of inputs: the mean of several; `None` is left out."""
    return {digest: fmean(numbers) if numbers else None for digest, numbers in _all_numbers(rows, name).items()}


def _all_numbers(rows: Sequence[RowResult], name: str) -> dict[str, list[float]]:
    values: dict[str, list[Any]] = {}
    failed: set[str] = set()
    scorer = feedback_names(rows).get(name)
    for row in rows:
        for score in row.scores:
            if score.scorer == scorer and score.feedback.error is not None:
                failed.add(row.inputs_digest)
            elif score.name == name:
                values.setdefault(row.inputs_digest, []).append(score.value)
        if row.error is not None:
            failed.add(row.inputs_digest)
    missing = [0.0] if _passes_or_fails([value for said in values.values() for value in said]) else []
    return {
        digest: missing
        if digest in failed
        else [number for value in values.get(digest, ()) if (number := number_of(value)) is not None]
        for digest in (row.inputs_digest for row in rows)
    }


def _passes_or_fails(values: Sequence[Any]) -> bool:
    said = [value for value in values if value is not None]
    return bool(said) and all(isinstance(value, bool | str) and number_of(value) is not None for value in said)


def feedback_names(rows: Sequence[RowResult]) -> dict[str, str]:
    """Return the scorer of each feedback, by its name, in the order of the scorers."""
    return {score.name: score.scorer for row in rows for score in row.scores if score.feedback.error is None}
