"""From what the reports of tests say to evaluations: rows that were tested one by one count together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanloom.evaluation.criteria import failures
from spanloom.evaluation.metrics import metrics_of
from spanloom.evaluation.row import RowResult
from spanloom.evaluation.scoring import Scorer

__all__ = ["TestedEvaluation", "evaluations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedEvaluation:
    """One evaluation of the session.

    Attributes:
        name: The test's.
        metrics: See `EvaluationResult`.
        reason: Why it did not pass; empty if it did.
        criteria: What the metrics had to be.
        run_id: The run that it is kept in, if it is.
        misses_criteria: Whether it did not pass although each of its tests may have.
    """

    name: str
    metrics: dict[str, float]
    reason: str
    criteria: Mapping[str, str | float]
    run_id: str | None = None
    misses_criteria: bool = False


def evaluations(notes: Sequence[dict[str, Any]], scorers: Mapping[str, Sequence[Scorer]]) -> list[TestedEvaluation]:
    """Return the evaluations that reports told of, in the order of the tests.

    Args:
        notes: What the reports say.
        scorers: The scorers by label, of tests that ran in this process.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for note in notes:
        if note["kind"] == "row":
            rows.setdefault(note["label"], []).append(note)
    together = [_of_rows(label, found, scorers.get(label)) for label, found in rows.items()]
    whole = [TestedEvaluation(**note["evaluation"]) for note in notes if note["kind"] == "evaluation"]
    return sorted([*together, *whole], key=lambda each: each.name)


def _of_rows(label: str, notes: Sequence[dict[str, Any]], scorers: Sequence[Scorer] | None) -> TestedEvaluation:
    latest = {note["row"]["key"]: RowResult.from_dict(note["row"]) for note in notes}  # a test may be run again
    results = sorted(latest.values(), key=lambda result: result.position)
    criteria = notes[-1]["pass_criteria"]
    if scorers is None:  # in another process; aggregations that are functions stayed there
        scorers = [Scorer(**description) for description in notes[-1]["scorers"]]
    metrics = metrics_of(results, scorers)
    found = failures(criteria, metrics, results)
    return TestedEvaluation(
        name=label,
        metrics=metrics,
        reason="; ".join(found),
        criteria=criteria or {},
        misses_criteria=criteria is not None and bool(found),
    )
