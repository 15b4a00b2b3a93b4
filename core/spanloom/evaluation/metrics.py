"""From the scores of all rows to the metrics of an evaluation.

A row without an answer is never left out where it would flatter: it counts as 0 for scores that pass or fail (booleans,
yes/no), as does a row on which the scorer failed. It can't count for other numbers, and is left out there. How many
there were is always told: `rows/count`, `rows/failed` and, per scorer that failed, `<name>/errors`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from spanloom.evaluation.aggregation import Aggregation, aggregation_names, number_of
from spanloom.evaluation.row import RowResult
from spanloom.evaluation.scoring import Scorer

__all__ = ["feedback_names", "metrics_of", "numbers_of"]

logger = logging.getLogger("spanloom")

_MEAN: list[Aggregation] = ["mean"]


def metrics_of(rows: Sequence[RowResult], scorers: Sequence[Scorer]) -> dict[str, float]:
    """Return `<name>/<aggregation>` for every feedback that has numbers, and what is said above of rows and errors."""
    aggregations = {scorer.name: aggregation_names(scorer.aggregations or _MEAN) for scorer in scorers}
    metrics: dict[str, float] = {}
    for name, scorer in feedback_names(rows).items():
        values = [value for value in numbers_of(rows, name).values() if value is not None]
        for aggregation, function in aggregations.get(scorer, {}).items() if values else ():
            try:
                metrics[f"{name}/{aggregation}"] = float(function(values))
            except Exception:
                logger.warning(
                    "spanloom: the aggregation %s/%s failed; it is left out", name, aggregation, exc_info=True
                )
    for row in rows:
        for score in row.scores:
            if score.feedback.error is not None:
                metrics[f"{score.name}/errors"] = metrics.get(f"{score.name}/errors", 0.0) + 1
    metrics["rows/count"] = float(len(rows))
    metrics["rows/failed"] = float(sum(row.error is not None for row in rows))
    return metrics


def numbers_of(rows: Sequence[RowResult], name: str) -> dict[str, float | None]:
    """Return the numbers of one feedback by the rows' digest of inputs, as metrics count them; `None` is left out."""
    values: dict[str, Any] = {}
    failed: set[str] = set()
    scorer = feedback_names(rows).get(name)
    for row in rows:
        for score in row.scores:
            if score.scorer == scorer and score.feedback.error is not None:
                failed.add(row.inputs_digest)
            elif score.name == name:
                values[row.inputs_digest] = score.value
        if row.error is not None:
            failed.add(row.inputs_digest)
    missing = 0.0 if _passes_or_fails(list(values.values())) else None
    return {
        row.inputs_digest: missing if row.inputs_digest in failed else number_of(values.get(row.inputs_digest))
        for row in rows
    }


def _passes_or_fails(values: Sequence[Any]) -> bool:
    said = [value for value in values if value is not None]
    return bool(said) and all(isinstance(value, bool | str) and number_of(value) is not None for value in said)


def feedback_names(rows: Sequence[RowResult]) -> dict[str, str]:
    """Return the scorer of each feedback, by its name, in the order of the scorers."""
    return {score.name: score.scorer for row in rows for score in row.scores if score.feedback.error is None}
