"""Scorers that ask a model for its judgement, and `make_judge` for your own.

Their names and arguments are those of `mlflow.genai.scorers` and `mlflow.genai.judges`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.evaluation.judges.built_in import Completeness as Completeness
    from spanloom.evaluation.judges.built_in import Correctness as Correctness
    from spanloom.evaluation.judges.built_in import ExpectationsGuidelines as ExpectationsGuidelines
    from spanloom.evaluation.judges.built_in import Fluency as Fluency
    from spanloom.evaluation.judges.built_in import Guidelines as Guidelines
    from spanloom.evaluation.judges.built_in import RelevanceToQuery as RelevanceToQuery
    from spanloom.evaluation.judges.built_in import Safety as Safety
    from spanloom.evaluation.judges.instructions import make_judge as make_judge
    from spanloom.evaluation.judges.judge import Judge as Judge
    from spanloom.evaluation.judges.trace_judges import Groundedness as Groundedness
    from spanloom.evaluation.judges.trace_judges import RetrievalGroundedness as RetrievalGroundedness
    from spanloom.evaluation.judges.trace_judges import ToolCallEfficiency as ToolCallEfficiency

_HOMES = {
    "Completeness": "spanloom.evaluation.judges.built_in",
    "Correctness": "spanloom.evaluation.judges.built_in",
    "ExpectationsGuidelines": "spanloom.evaluation.judges.built_in",
    "Fluency": "spanloom.evaluation.judges.built_in",
    "Groundedness": "spanloom.evaluation.judges.trace_judges",
    "Guidelines": "spanloom.evaluation.judges.built_in",
    "Judge": "spanloom.evaluation.judges.judge",
    "RelevanceToQuery": "spanloom.evaluation.judges.built_in",
    "RetrievalGroundedness": "spanloom.evaluation.judges.trace_judges",
    "Safety": "spanloom.evaluation.judges.built_in",
    "ToolCallEfficiency": "spanloom.evaluation.judges.trace_judges",
    "make_judge": "spanloom.evaluation.judges.instructions",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
