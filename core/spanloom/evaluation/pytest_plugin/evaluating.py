"""The fixture `spanloom_eval`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spanloom.evaluation.harness import evaluate
from spanloom.evaluation.pytest_plugin.rows import data_of
from spanloom.evaluation.result import EvaluationResult

__all__ = ["evaluate_in"]


def evaluate_in(
    item: pytest.Item,
    note: Callable[[dict[str, Any]], None],
    data: Any,
    scorers: Any,
    predict_fn: Any = None,
    **options: Any,
) -> EvaluationResult:
    """Evaluate in a test; the run has the test's name if it is given no other.

    Args:
        item: The test.
        note: Takes what the test's report shall say.
        data: As for `spanloom.evaluate`; also a file beside the test, or the name of a dataset in the store.
        scorers: As for `spanloom.evaluate`.
        predict_fn: As for `spanloom.evaluate`.
        options: The others.
    """
    result = evaluate(data_of(data, item.path), scorers, predict_fn, **{"run_name": item.nodeid, **options})
    evaluation = {
        "name": result.run_name,
        "metrics": result.metrics,
        "reason": result.reason,
        "criteria": result.pass_criteria or {},
        "run_id": result.run_id,
    }
    note({"kind": "evaluation", "evaluation": evaluation})
    if not result.passed:
        pytest.fail(f"{result}", pytrace=False)
    return result
