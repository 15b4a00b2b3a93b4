"""Snippets of MLflow's documentation run after only their imports changed."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

import spanloom
import spanloom as mlflow
from spanloom.errors import FilterError, SpanloomError
from spanloom.tracing import attributes


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("spanloom.evaluation.scorers", "Scorer scorer Correctness Guidelines RetrievalGroundedness RegexMatch"),
        ("spanloom.evaluation.judges", "Judge make_judge"),
        ("spanloom.evaluation.datasets", "EvaluationDataset create_dataset get_dataset search_datasets"),
        ("spanloom.evaluation", "evaluate Scorer scorer make_judge create_dataset get_dataset delete_dataset"),
        ("spanloom.evaluation", "register_prompt load_prompt search_prompts set_prompt_alias get_prompt_tags"),
    ],
)
def test_what_mlflow_genai_has_is_in_the_package_of_that_name(package: str, names: str) -> None:
    for name in names.split():
        assert getattr(import_module(package), name) is not None


def test_genai_is_evaluation_by_mlflows_name() -> None:
    assert mlflow.genai is spanloom.evaluation
    mlflow.genai.register_prompt("greet", "Hello {{ name }}", tags={"team": "support"})
    assert mlflow.genai.load_prompt("prompts:/greet@latest").format(name="Ada") == "Hello Ada"
    assert mlflow.genai.get_prompt_tags("greet") == {"team": "support"}
    result = mlflow.genai.evaluate(
        data=[{"inputs": {"question": "2 + 2?"}, "outputs": "4"}],
        scorers=[mlflow.genai.scorers.RegexMatch(pattern=r"\d")],
    )
    assert result.metrics["regex_match/mean"] == 1


def test_an_experiment_that_is_set_is_returned() -> None:
    experiment = mlflow.set_experiment(experiment_name="support")
    assert (experiment.experiment_id, experiment.name) == ("support", "support")
    with mlflow.start_run(experiment_id=experiment.experiment_id) as run:
        assert run.info.experiment_id == experiment.experiment_id
    assert mlflow.set_experiment(experiment_id="billing") == mlflow.set_experiment("billing")
    with mlflow.start_span("a"):
        pass
    assert [trace.info.experiment for trace in mlflow.search_traces()] == ["billing"]


def test_an_experiment_is_made_and_found_by_its_name() -> None:
    experiment_id = mlflow.create_experiment("support")
    assert mlflow.get_experiment(experiment_id) == mlflow.get_experiment_by_name("support")
    with mlflow.start_run(experiment_id=experiment_id) as run:
        pass
    found = mlflow.search_runs([mlflow.get_experiment_by_name("support").experiment_id], output_format="list")
    assert [each.info.run_id for each in found] == [run.info.run_id]
    with pytest.raises(SpanloomError, match="expected a name"):
        mlflow.create_experiment("")


@pytest.mark.parametrize("arguments", [{}, {"experiment_name": "a", "experiment_id": "b"}, {"experiment_name": ""}])
def test_exactly_one_experiment_is_set(arguments: dict[str, str]) -> None:
    with pytest.raises(SpanloomError, match="set_experiment: expected a name"):
        spanloom.set_experiment(**arguments)


def names(**arguments: object) -> list[str]:
    return sorted(trace.info.name for trace in spanloom.search_traces(**arguments))


@pytest.mark.usefixtures("store_url")
def test_traces_of_a_run_are_found() -> None:
    with spanloom.start_run() as run:
        for name in ("plan", "answer"):
            with spanloom.start_span(name):
                pass
    with spanloom.start_span("elsewhere"):
        pass
    run_id = run.info.run_id
    assert names(run_id=run_id) == ["answer", "plan"]
    assert names(run_id=run_id, filter_string="name = 'plan' OR name = 'elsewhere'") == ["plan"]
    assert names(run_id="none") == []
    for spelling in ("run_id", "attributes.run_id", "metadata.`mlflow.sourceRun`", attributes.SOURCE_RUN):
        column = spelling if spelling != attributes.SOURCE_RUN else f"metadata.`{spelling}`"
        assert names(filter_string=f"{column} = '{run_id}'") == ["answer", "plan"]
        assert names(filter_string=f"{column} != '{run_id}'") == ["elsewhere"]


@pytest.mark.usefixtures("store_url")
def test_traces_of_several_experiments_are_found() -> None:
    for experiment in ("a", "b", "c"):
        spanloom.set_experiment(experiment)
        with spanloom.start_span(experiment):
            pass
    assert names(experiment_ids=["a", "c"]) == ["a", "c"]
    assert names(locations=["b"]) == names(experiment="b") == ["b"]
    assert names(experiment_ids=[]) == ["a", "b", "c"]
    assert names(experiment_ids=["a", "c"], filter_string="name != 'a'") == ["c"]
    page = spanloom.search_traces(experiment_ids=["a", "c"], max_results=1)
    rest = spanloom.search_traces(experiment_ids=["a", "c"], max_results=1, page_token=page.token)
    assert [trace.info.name for trace in (*page, *rest)] == ["c", "a"]
    with pytest.raises(ValueError, match="experiment=, experiment_ids= or locations="):
        spanloom.search_traces(experiment="a", locations=["b"])


def test_spans_are_searched_by_type_name_or_pattern() -> None:
    with mlflow.start_span("run"), mlflow.start_span("add_one") as span:
        span.set_span_type("TOOL")
        with mlflow.start_span("readd", span_type="TOOL"):
            pass
    [trace] = mlflow.search_traces()

    def found(*arguments: object, **named: object) -> list[str]:
        return [span.name for span in trace.search_spans(*arguments, **named)]

    assert found("TOOL") == ["add_one", "readd"]
    assert found(name=re.compile("^add")) == found("TOOL", "add_one") == ["add_one"]
    assert found(name=re.compile("add")) == ["add_one", "readd"]
    assert found(name="add") == []


def test_experiments_in_the_place_of_the_filter_are_told_where_they_go() -> None:
    with pytest.raises(FilterError, match=re.escape("experiment_ids=['support']")):
        spanloom.search_traces(["support"])


def test_the_type_of_an_ended_span_stays() -> None:
    with spanloom.start_span("tool", "TOOL") as span:
        pass
    span.set_span_type("AGENT")
    assert span.span_type == "TOOL"


def test_request_and_response_of_a_trace_are_those_of_its_root() -> None:
    with mlflow.start_span("root") as span:
        span.set_inputs({"question": "2 + 2?"})
        with mlflow.start_span("inner") as inner:
            inner.set_outputs("no")
    [trace] = mlflow.search_traces()
    assert (trace.data.request, trace.data.response) == ('{"question":"2 + 2?"}', None)
