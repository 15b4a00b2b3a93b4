"""Two evaluations of the same data, row by row: what changed, and whether that is more than chance."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import Any, Final

from spanloom.errors import EvaluationError
from spanloom.evaluation.aggregation import percentile
from spanloom.evaluation.metrics import feedback_names, numbers_of
from spanloom.evaluation.result import EvaluationResult, load_results
from spanloom.evaluation.row import RowResult

__all__ = ["Change", "Comparison", "ScoreComparison", "compare"]

_RESAMPLES: Final = 2000
_LARGE_SAMPLE: Final = 1000
"""From so many rows on, the normal distribution gives the same interval; resampling would take a second per score."""
_CONFIDENCE: Final = 0.95
_SEED: Final = 0
_FEWEST_CHANGES: Final = 6
"""With fewer, even if all went one way, chance would do so in more than 5 % of cases; the bootstrap can't see that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is scored differently now.

    Attributes:
        inputs: What was asked.
        base: The row then.
        row: The row now.
        before: The score then, as a number.
        after: The score now.
    """

    inputs: dict[str, Any]
    base: RowResult
    row: RowResult
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreComparison:
    """One score in both evaluations, over the rows that have a number in both.

    Attributes:
        name: The name of the feedback.
        rows: How many rows were compared.
        before: The mean then.
        after: The mean now.
        interval: Where the true difference of the means lies with 95 % confidence: percentiles of a paired bootstrap,
            or from 1000 rows on the normal interval.
        increased: Rows whose score went up, the greatest change first.
        decreased: Rows whose score went down, likewise.
    """

    name: str
    rows: int
    before: float
    after: float
    interval: tuple[float, float]
    increased: list[Change]
    decreased: list[Change]

    @property
    def difference(self) -> float:
        """The mean now less the mean then."""
        return self.after - self.before

    @property
    def significant(self) -> bool:
        """Whether chance would seldom make such a difference: the interval leaves out 0, and enough rows changed."""
        changed = len(self.increased) + len(self.decreased)
        return changed >= _FEWEST_CHANGES and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two evaluations, compared on the rows that have the same inputs.

    Attributes:
        base: The earlier one.
        result: The later one.
        scores: One comparison per score that both have.
        matched: How many rows both have.
        only_base: Rows that only the earlier one has.
        only_result: Rows that only the later one has.
    """

    base: EvaluationResult
    result: EvaluationResult
    scores: dict[str, ScoreComparison]
    matched: int
    only_base: list[RowResult]
    only_result: list[RowResult]

    def __str__(self) -> str:
        from spanloom.evaluation.views import comparison_as_text

        return comparison_as_text(self)

    def _repr_html_(self) -> str:
        from spanloom.evaluation.views import comparison_as_html

        return comparison_as_html(self)


def compare(base: EvaluationResult | str, result: EvaluationResult | str) -> Comparison:
    """Compare two evaluations row by row; rows belong together that have the same inputs.

    Rows without an answer count as in the metrics. Whether more is better is for the scorer to know: a row is said to
    have increased or decreased.

    Args:
        base: The earlier one, or the id of its run.
        result: The later one, likewise.

    Raises:
        EvaluationError: If they have no row in common.
        NotFoundError: If a run is no evaluation.

    Example:
        >>> changed = spanloom.evaluation.compare(old_run_id, new_run_id).scores["correct"]
        >>> changed.significant, [change.inputs for change in changed.decreased]
        (False, [{'question': '2 + 2?'}])
    """
    base = load_results(base) if isinstance(base, str) else base
    result = load_results(result) if isinstance(result, str) else result
    before = {row.inputs_digest: row for row in base.rows}
    after = {row.inputs_digest: row for row in result.rows}
    if not before.keys() & after.keys():
        raise EvaluationError(
            f"the evaluations {base.run_name!r} and {result.run_name!r} have no row with the same inputs; "
            "compare evaluations of the same data"
        )
    names = [name for name in feedback_names(base.rows) if name in feedback_names(result.rows)]
    compared = [_compared(name, base.rows, result.rows, before, after) for name in names]
    return Comparison(
        base=base,
        result=result,
        scores={score.name: score for score in compared if score is not None},
        matched=len(before.keys() & after.keys()),
        only_base=[row for row in base.rows if row.inputs_digest not in after],
        only_result=[row for row in result.rows if row.inputs_digest not in before],
    )


def _compared(
    name: str,
    base: Sequence[RowResult],
    result: Sequence[RowResult],
    before: Mapping[str, RowResult],
    after: Mapping[str, RowResult],
) -> ScoreComparison | None:
    then, now = numbers_of(base, name), numbers_of(result, name)
    changes = [
        Change(inputs=after[digest].inputs, base=before[digest], row=after[digest], before=old, after=new)
        for digest, old in then.items()
        if old is not None and (new := now.get(digest)) is not None
    ]
    if not changes:
        return None
    differences = [change.after - change.before for change in changes]
    return ScoreComparison(
        name=name,
        rows=len(changes),
        before=fmean(change.before for change in changes),
        after=fmean(change.after for change in changes),
        interval=_interval(differences),
        increased=sorted((c for c in changes if c.after > c.before), key=lambda c: c.before - c.after),
        decreased=sorted((c for c in changes if c.after < c.before), key=lambda c: c.after - c.before),
    )


def _interval(differences: Sequence[float]) -> tuple[float, float]:
    """Return where the mean difference lies: what it is in rows drawn anew, with the same seed every time."""
    count = len(differences)
    if not any(differences):
        return 0.0, 0.0
    if count >= _LARGE_SAMPLE:
        mean = fmean(differences)
        margin = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2) * stdev(differences) / math.sqrt(count)
        return mean - margin, mean + margin
    draw = random.Random(_SEED)  # noqa: S311 - statistics, not secrets
    means = [fmean(draw.choices(differences, k=count)) for _ in range(_RESAMPLES)]
    outside = (1 - _CONFIDENCE) / 2
    return percentile(means, outside), percentile(means, 1 - outside)
