"""Ready scorers, and `scorer` for your own. Those that ask a model live in `spanloom.evaluation.judges`.

All of them can be imported from here.

Names and arguments are those of `mlflow.genai.scorers`, where it has the scorer.
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
    from spanloom.evaluation.judges.trace_judges import Groundedness as Groundedness
    from spanloom.evaluation.judges.trace_judges import RetrievalGroundedness as RetrievalGroundedness
    from spanloom.evaluation.judges.trace_judges import ToolCallEfficiency as ToolCallEfficiency
    from spanloom.evaluation.scorers.budgets import CostBudget as CostBudget
    from spanloom.evaluation.scorers.budgets import LatencyBudget as LatencyBudget
    from spanloom.evaluation.scorers.budgets import TokenBudget as TokenBudget
    from spanloom.evaluation.scorers.json_output import JsonMatch as JsonMatch
    from spanloom.evaluation.scorers.json_output import JsonSchema as JsonSchema
    from spanloom.evaluation.scorers.no_error import NoError as NoError
    from spanloom.evaluation.scorers.pii import PIIDetection as PIIDetection
    from spanloom.evaluation.scorers.response_length import ResponseLength as ResponseLength
    from spanloom.evaluation.scorers.retrieval import RetrievalPrecision as RetrievalPrecision
    from spanloom.evaluation.scorers.retrieval import RetrievalRecall as RetrievalRecall
    from spanloom.evaluation.scorers.text_match import Contains as Contains
    from spanloom.evaluation.scorers.text_match import ExactMatch as ExactMatch
    from spanloom.evaluation.scorers.text_match import RegexMatch as RegexMatch
    from spanloom.evaluation.scorers.tool_calls import ToolCallCorrectness as ToolCallCorrectness
    from spanloom.evaluation.scorers.tool_calls import ToolCallOrder as ToolCallOrder
    from spanloom.evaluation.scoring import Scorer as Scorer
    from spanloom.evaluation.scoring import scorer as scorer

_HOMES = {
    "Completeness": "spanloom.evaluation.judges.built_in",
    "Contains": "spanloom.evaluation.scorers.text_match",
    "Correctness": "spanloom.evaluation.judges.built_in",
    "CostBudget": "spanloom.evaluation.scorers.budgets",
    "ExactMatch": "spanloom.evaluation.scorers.text_match",
    "ExpectationsGuidelines": "spanloom.evaluation.judges.built_in",
    "Fluency": "spanloom.evaluation.judges.built_in",
    "Groundedness": "spanloom.evaluation.judges.trace_judges",
    "Guidelines": "spanloom.evaluation.judges.built_in",
    "JsonMatch": "spanloom.evaluation.scorers.json_output",
    "JsonSchema": "spanloom.evaluation.scorers.json_output",
    "LatencyBudget": "spanloom.evaluation.scorers.budgets",
    "NoError": "spanloom.evaluation.scorers.no_error",
    "PIIDetection": "spanloom.evaluation.scorers.pii",
    "RegexMatch": "spanloom.evaluation.scorers.text_match",
    "RelevanceToQuery": "spanloom.evaluation.judges.built_in",
    "ResponseLength": "spanloom.evaluation.scorers.response_length",
    "RetrievalGroundedness": "spanloom.evaluation.judges.trace_judges",
    "RetrievalPrecision": "spanloom.evaluation.scorers.retrieval",
    "RetrievalRecall": "spanloom.evaluation.scorers.retrieval",
    "Safety": "spanloom.evaluation.judges.built_in",
    "Scorer": "spanloom.evaluation.scoring",
    "TokenBudget": "spanloom.evaluation.scorers.budgets",
    "ToolCallCorrectness": "spanloom.evaluation.scorers.tool_calls",
    "ToolCallEfficiency": "spanloom.evaluation.judges.trace_judges",
    "ToolCallOrder": "spanloom.evaluation.scorers.tool_calls",
    "scorer": "spanloom.evaluation.scoring",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
