"""What built-in scorers say: `yes` or `no` as MLflow's do, or a number, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.errors import EvaluationError
from spanloom.tracing.assessments import AssessmentSource, AssessmentSourceType, Feedback

if TYPE_CHECKING:
    from spanloom.evaluation.scoring import Scorer
    from spanloom.tracing.traces import Trace

__all__ = ["rating", "recorded", "shown", "verdict"]

_SHOWN = 200


def verdict(scorer: Scorer, passed: bool, rationale: str) -> Feedback:
    """Return `yes` or `no` by this scorer."""
    return rating(scorer, "yes" if passed else "no", rationale)


def rating(scorer: Scorer, value: float | str, rationale: str) -> Feedback:
    """Return any value by this scorer."""
    source = AssessmentSource(AssessmentSourceType.CODE, scorer.name)
    return Feedback(scorer.name, value, rationale=rationale, source=source)


def recorded(scorer: Scorer, trace: Trace | None) -> Trace:
    """Return the trace.

    Raises:
        EvaluationError: If there is none: tracing is off, or it was sampled out.
    """
    if trace is None:
        raise EvaluationError(
            f"the scorer {scorer.name!r} reads traces, and this row has none; turn tracing on, "
            "spanloom.configure(enabled=True)"
        )
    return trace


def shown(text: str) -> str:
    """Return a text as a rationale quotes it."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
