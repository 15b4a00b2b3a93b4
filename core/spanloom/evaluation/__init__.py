"""Evaluation: run an agent on examples, score what it answers, and compare with the last time.

No module here has the name of a function: as an attribute of this package, it would hide the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.evaluation.comparison import Change as Change
    from spanloom.evaluation.comparison import Comparison as Comparison
    from spanloom.evaluation.comparison import ScoreComparison as ScoreComparison
    from spanloom.evaluation.comparison import compare as compare
    from spanloom.evaluation.engine import Engine as Engine
    from spanloom.evaluation.harness import evaluate as evaluate
    from spanloom.evaluation.records import EvaluationRecord as EvaluationRecord
    from spanloom.evaluation.records import evaluation_records as evaluation_records
    from spanloom.evaluation.result import EvaluationResult as EvaluationResult
    from spanloom.evaluation.result import load_results as load_results
    from spanloom.evaluation.row import Row as Row
    from spanloom.evaluation.row import RowResult as RowResult
    from spanloom.evaluation.row import Score as Score
    from spanloom.evaluation.scoring import Scorer as Scorer
    from spanloom.evaluation.scoring import scorer as scorer

_HOMES = {
    "Change": "spanloom.evaluation.comparison",
    "Comparison": "spanloom.evaluation.comparison",
    "Engine": "spanloom.evaluation.engine",
    "EvaluationRecord": "spanloom.evaluation.records",
    "EvaluationResult": "spanloom.evaluation.result",
    "Row": "spanloom.evaluation.row",
    "RowResult": "spanloom.evaluation.row",
    "Score": "spanloom.evaluation.row",
    "ScoreComparison": "spanloom.evaluation.comparison",
    "Scorer": "spanloom.evaluation.scoring",
    "compare": "spanloom.evaluation.comparison",
    "evaluate": "spanloom.evaluation.harness",
    "evaluation_records": "spanloom.evaluation.records",
    "load_results": "spanloom.evaluation.result",
    "scorer": "spanloom.evaluation.scoring",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
