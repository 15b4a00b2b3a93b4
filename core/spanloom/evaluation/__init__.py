"""Evaluation: run an agent on examples, score what it answers, and compare with the last time.

What `mlflow.genai` has at hand is at hand here, too: scorers, judges, datasets and prompts. So `spanloom.genai` is this
package.

No module here has the name of a function: as an attribute of this package, it would hide the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.evaluation import datasets as datasets
    from spanloom.evaluation import judges as judges
    from spanloom.evaluation import scorers as scorers
    from spanloom.evaluation.comparison import Change as Change
    from spanloom.evaluation.comparison import Comparison as Comparison
    from spanloom.evaluation.comparison import ScoreComparison as ScoreComparison
    from spanloom.evaluation.comparison import compare as compare
    from spanloom.evaluation.datasets import create_dataset as create_dataset
    from spanloom.evaluation.datasets import delete_dataset as delete_dataset
    from spanloom.evaluation.datasets import delete_dataset_tag as delete_dataset_tag
    from spanloom.evaluation.datasets import get_dataset as get_dataset
    from spanloom.evaluation.datasets import search_datasets as search_datasets
    from spanloom.evaluation.datasets import set_dataset_tags as set_dataset_tags
    from spanloom.evaluation.engine import Engine as Engine
    from spanloom.evaluation.harness import evaluate as evaluate
    from spanloom.evaluation.judges import make_judge as make_judge
    from spanloom.evaluation.records import EvaluationRecord as EvaluationRecord
    from spanloom.evaluation.records import evaluation_records as evaluation_records
    from spanloom.evaluation.result import EvaluationResult as EvaluationResult
    from spanloom.evaluation.result import load_results as load_results
    from spanloom.evaluation.row import Row as Row
    from spanloom.evaluation.row import RowResult as RowResult
    from spanloom.evaluation.row import Score as Score
    from spanloom.evaluation.scoring import Scorer as Scorer
    from spanloom.evaluation.scoring import scorer as scorer
    from spanloom.prompts import delete_prompt_alias as delete_prompt_alias
    from spanloom.prompts import delete_prompt_tag as delete_prompt_tag
    from spanloom.prompts import delete_prompt_version_tag as delete_prompt_version_tag
    from spanloom.prompts import get_prompt_tags as get_prompt_tags
    from spanloom.prompts import load_prompt as load_prompt
    from spanloom.prompts import register_prompt as register_prompt
    from spanloom.prompts import search_prompts as search_prompts
    from spanloom.prompts import set_prompt_alias as set_prompt_alias
    from spanloom.prompts import set_prompt_tag as set_prompt_tag
    from spanloom.prompts import set_prompt_version_tag as set_prompt_version_tag

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
    "create_dataset": "spanloom.evaluation.datasets",
    "datasets": "spanloom.evaluation.datasets",
    "delete_dataset": "spanloom.evaluation.datasets",
    "delete_dataset_tag": "spanloom.evaluation.datasets",
    "delete_prompt_alias": "spanloom.prompts",
    "delete_prompt_tag": "spanloom.prompts",
    "delete_prompt_version_tag": "spanloom.prompts",
    "evaluate": "spanloom.evaluation.harness",
    "evaluation_records": "spanloom.evaluation.records",
    "get_dataset": "spanloom.evaluation.datasets",
    "get_prompt_tags": "spanloom.prompts",
    "judges": "spanloom.evaluation.judges",
    "load_prompt": "spanloom.prompts",
    "load_results": "spanloom.evaluation.result",
    "make_judge": "spanloom.evaluation.judges",
    "register_prompt": "spanloom.prompts",
    "scorer": "spanloom.evaluation.scoring",
    "scorers": "spanloom.evaluation.scorers",
    "search_datasets": "spanloom.evaluation.datasets",
    "search_prompts": "spanloom.prompts",
    "set_dataset_tags": "spanloom.evaluation.datasets",
    "set_prompt_alias": "spanloom.prompts",
    "set_prompt_tag": "spanloom.prompts",
    "set_prompt_version_tag": "spanloom.prompts",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
