"""What users write to make agents better and to ship them, as type checkers see it. Checked, not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import spanloom
from spanloom.evaluation.datasets import EvaluationDataset, create_dataset
from spanloom.evaluation.judges import make_judge
from spanloom.evaluation.scorers import Contains, Correctness, LatencyBudget, Scorer, scorer
from spanloom.models import Prediction, PyFuncModel


@spanloom.scorer
def exact(outputs: str, expectations: dict[str, Any]) -> bool:
    return outputs == expectations["expected_response"]


@spanloom.scorer(aggregations=["mean", "p90"])
async def length(outputs: str) -> int:
    return len(outputs)


@scorer
def short(outputs: str) -> bool:
    return len(outputs) < 100


def answer(question: str) -> str:
    return question


def evaluate() -> None:
    judge = make_judge(name="kind", instructions="Is {{ outputs }} kind?", model="openai:/gpt-5-mini")
    scorers: list[Scorer] = [
        exact,
        length,
        short,
        judge,
        Contains(texts=["4"]),
        Correctness(),
        LatencyBudget(max_seconds=1),
    ]
    result = spanloom.evaluate([{"inputs": {"question": "2 + 2?"}}], scorers, answer, max_workers=4)
    assert_type(result, spanloom.EvaluationResult)
    assert_type(result.metrics, dict[str, float])
    assert_type(result.passed, bool)
    dataset = create_dataset("questions")
    assert_type(dataset, EvaluationDataset)
    dataset.merge_records([{"inputs": {"question": "2 + 2?"}}])


def replay() -> None:
    with spanloom.record("cassette.jsonl"):
        answer("2 + 2?")
    with spanloom.replay(Path("cassette.jsonl"), on_missing="call") as report:
        assert_type(report, spanloom.Replay)
        assert_type(report.changed, bool)


def prompts() -> None:
    prompt = spanloom.register_prompt("greeting", "Hello {{ name }}", tags={"team": "support"})
    assert_type(prompt, spanloom.PromptVersion)
    assert_type(prompt.version, int)
    assert_type(spanloom.genai.load_prompt("greeting"), spanloom.PromptVersion)
    assert_type(spanloom.genai.get_prompt_tags("greeting"), dict[str, str])


def runs() -> None:
    experiment = spanloom.set_experiment(experiment_name="support")
    assert_type(experiment, spanloom.Experiment)
    with spanloom.start_run(run_name="first", experiment_id=experiment.experiment_id) as run:
        assert_type(run.info.run_id, str)
        spanloom.log_param("model", "gpt-5-mini")
        spanloom.log_metric("loss", 0.1, step=1)
    assert_type(spanloom.search_traces(run_id=run.info.run_id), spanloom.TraceList)


def models() -> None:
    info = spanloom.models.log_model(name="agent", python_model="agent.py", registered_model_name="support")
    assert_type(info.model_uri, str)
    model = spanloom.models.load_model("models:/support@prod")
    assert_type(model, PyFuncModel)
    spanloom.models.set_registered_model_alias("support", "prod", 1)
    assert_type(spanloom.models.batch_predict(["hi"], "models:/support@prod"), list[Prediction])
