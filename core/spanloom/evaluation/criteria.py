"""When an evaluation passes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from spanloom.errors import EvaluationError
from spanloom.evaluation.row import RowResult, Score
from spanloom.evaluation.scoring import Scorer

__all__ = ["PassCriteria", "check_criteria", "failures"]

PassCriteria: TypeAlias = Mapping[str, str | float]

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CRITERION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


def _parse(metric: str, criterion: str | float) -> tuple[Callable[[float, float], bool], float]:
    """Return how the metric is compared, and with what; a number alone is the least that it must be."""
    if isinstance(criterion, int | float):
        return operator.ge, float(criterion)
    match = _CRITERION.fullmatch(criterion) if isinstance(criterion, str) else None
    if match is None:
        raise EvaluationError(
            f"pass_criteria[{metric!r}] is {criterion!r}; expected a number, or a comparison with one, e.g. '>= 0.9'"
        )
    return _OPERATORS[match[1]], float(match[2])


def check_criteria(criteria: PassCriteria, scorers: Sequence[Scorer]) -> None:
    """Make sure, before anything runs, that the criteria can be understood and name what will be there.

    Raises:
        EvaluationError: If not. A scorer may name its feedback as it likes, so only a missing slash is told here.
    """
    if not isinstance(criteria, Mapping):
        raise EvaluationError(
            f"pass_criteria is {criteria!r}; expected a dictionary by the names of metrics, "
            "e.g. {'correct/mean': '>= 0.9', 'rows/failed': '== 0'}"
        )
    for metric, criterion in criteria.items():
        _parse(metric, criterion)
        if "/" not in metric:
            known = ", ".join(f"{scorer.name}/mean" for scorer in scorers)
            raise EvaluationError(f"pass_criteria names {metric!r}; a metric has an aggregation: {known}, rows/failed")


def failures(criteria: PassCriteria | None, metrics: Mapping[str, float], rows: Sequence[RowResult]) -> list[str]:
    """Return what keeps an evaluation from passing: what the criteria miss if there are any, or what the rows do."""
    if criteria is not None:
        return [text for metric, criterion in criteria.items() if (text := _missed(metric, criterion, metrics))]
    return [text for row in rows for text in _row_failures(row)]


def _missed(metric: str, criterion: str | float, metrics: Mapping[str, float]) -> str | None:
    compare, wanted = _parse(metric, criterion)
    sign = next(sign for sign, function in _OPERATORS.items() if function is compare)
    name, _, aggregation = metric.rpartition("/")
    if aggregation == "errors" and any(each.startswith(f"{name}/") for each in metrics):
        metrics = {metric: 0.0, **metrics}  # a scorer that never failed
    if metric not in metrics:
        return f"{metric}: there is no such metric; there are {', '.join(metrics)}"
    value = metrics[metric]
    return None if compare(value, wanted) else f"{metric} is {value:.4g}, expected {sign} {wanted:g}"


def _row_failures(row: RowResult) -> list[str]:
    if row.error is not None:
        return [f"row {row.position}: no answer: {row.error.error_code}: {row.error.error_message}"]
    return [f"row {row.position}: {score.name}: {_why(score)}" for score in row.scores if not score.passed]


def _why(score: Score) -> str:
    if score.feedback.error is not None:
        return f"{score.feedback.error.error_code}: {score.feedback.error.error_message}"
    if score.passed is None:
        return (
            f"returned {score.value!r}, and nothing says whether that passes: give the scorer pass_if=…, or evaluate() "
            f"pass_criteria={{'{score.name}/mean': '>= …'}}"
        )
    return score.feedback.rationale or f"value={score.value!r}"
