from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

import spanloom
import spanloom.evaluation.datasets as datasets_package
from spanloom.errors import EvaluationError, FilterError, NotFoundError, RunError
from spanloom.evaluation.datasets import EvaluationDataset

FRANCE = {"inputs": {"country": "France"}, "expectations": {"expected_response": "Paris"}}
PERU = {"inputs": {"country": "Peru"}, "outputs": "Lima", "tags": {"continent": "America"}}


def capitals(*records: dict[str, Any], **options: Any) -> EvaluationDataset:
    return spanloom.create_dataset("capitals", **options).merge_records(list(records))


@pytest.mark.usefixtures("store_url")
def test_a_dataset_is_kept_with_records_tags_and_experiments() -> None:
    made = capitals(FRANCE, PERU, tags={"team": "geography", "stage": 1}, experiment_id=["a", "b"])

    found = spanloom.get_dataset("capitals")

    assert found.to_dict() == made.to_dict() == spanloom.get_dataset(dataset_id=made.dataset_id).to_dict()
    assert (found.version, found.tags, found.experiment_ids) == (1, {"team": "geography", "stage": "1"}, ["a", "b"])
    first, second = found.records
    assert (first.inputs, first.expectations, first.outputs) == ({"country": "France"}, FRANCE["expectations"], None)
    assert (second.outputs, second.tags) == ("Lima", {"continent": "America"})
    assert (first.source_type, second.source_type) == ("HUMAN", "CODE")
    assert first.created_time >= found.created_time
    assert len(found) == 2


@pytest.mark.usefixtures("store_url")
def test_records_of_the_same_inputs_are_merged() -> None:
    dataset = capitals(FRANCE, {**PERU, "source": "DOCUMENT"})
    before = dataset.records

    dataset.merge_records(
        [
            {"inputs": {"country": "Chad"}},
            {"inputs": {"country": "Peru"}, "expectations": {"expected_response": "Lima"}, "tags": {"sea": "yes"}},
            {"inputs": {"country": "France"}, "expectations": {"expected_response": "paris", "length": 5}},
            {"inputs": {"country": "Chad"}, "outputs": "N'Djamena"},
        ]
    )

    france, peru, chad = dataset.records
    assert france.expectations == {"expected_response": "paris", "length": 5}
    assert (peru.outputs, peru.tags) == ("Lima", {"continent": "America", "sea": "yes"})
    assert (peru.expectations, peru.source_type) == ({"expected_response": "Lima"}, "DOCUMENT")
    assert chad.outputs == "N'Djamena"
    assert [record.dataset_record_id for record in before] == [france.dataset_record_id, peru.dataset_record_id]


@pytest.mark.usefixtures("store_url")
def test_versions_stay_as_they_were() -> None:
    dataset = capitals(FRANCE)
    dataset.merge_records([PERU])
    assert dataset.merge_records([PERU, FRANCE]).version == 2, "nothing changed"
    assert dataset.delete_records([dataset.records[0].dataset_record_id, "none"]) == 1
    dataset.merge_records([FRANCE])

    countries = {
        version: [record.inputs["country"] for record in spanloom.get_dataset("capitals", version=version).records]
        for version in range(5)
    }

    assert countries == {0: [], 1: ["France"], 2: ["France", "Peru"], 3: ["Peru"], 4: ["Peru", "France"]}
    listed = dataset.list_versions()
    assert [(each.version, each.records) for each in listed] == [(4, 2), (3, 1), (2, 2), (1, 1), (0, 0)]
    assert listed[0].digest == listed[2].digest != listed[1].digest
    with pytest.raises(NotFoundError, match="has the versions 0 to 4, not 5"):
        spanloom.get_dataset("capitals", version=5)


@pytest.mark.usefixtures("store_url")
def test_all_records_are_merged_or_none() -> None:
    dataset = capitals(FRANCE)
    with pytest.raises(EvaluationError, match="row 1 has neither inputs nor a trace"):
        dataset.merge_records([PERU, {"outputs": "Lima"}])
    with pytest.raises(EvaluationError, match="row 0: the inputs can't be kept as JSON"):
        dataset.merge_records([{"inputs": {"country": object()}}])
    assert (spanloom.get_dataset("capitals").version, len(spanloom.get_dataset("capitals"))) == (1, 1)


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, math.inf, date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), time(1), 2**70, "\ud800"),
        *(object(), {1, 2}, b"x", Decimal(1)),
    ],
    ids=repr,
)
def test_what_is_no_json_value_is_refused(value: object) -> None:
    dataset = spanloom.create_dataset("d")
    for record in (
        {"inputs": {"a": value}},
        {"inputs": {"a": [{"b": value}]}},
        {"inputs": {}, "outputs": {"a": value}},
        {"inputs": {}, "expectations": {"a": value}},
        {"inputs": {}, "source": {"source_type": "HUMAN", "source_data": {"a": value}}},
    ):
        with pytest.raises(EvaluationError, match=r"row 0: the \w+ can't be kept as JSON"):
            dataset.merge_records([record])
    assert dataset.version == 0


def test_a_dataset_tells_its_fields_and_its_size() -> None:
    dataset = spanloom.create_dataset("d")
    assert (dataset.schema, dataset.profile) == (None, None)
    dataset.merge_records(
        [
            {"inputs": {"a": 1, "b": True}, "outputs": "x", "expectations": {"e": 0.5}},
            {"inputs": {"a": "x", "c": [None], "d": None}, "outputs": {"text": "y"}, "expectations": {"f": {}}},
        ]
    )
    assert json.loads(dataset.schema or "") == {
        "inputs": {"a": "integer", "b": "boolean", "c": "array", "d": "null"},
        "outputs": "string",
        "expectations": {"e": "float", "f": "object"},
        "version": "1.0",
    }
    assert json.loads(dataset.profile or "") == {"num_records": 2}


def test_what_stands_for_json_values_is_kept_as_them() -> None:
    @dataclass
    class Place:
        name: str
        near: tuple[str, ...]

    class Size(Enum):
        BIG = 3

    dataset = spanloom.create_dataset("d")
    dataset.merge_records([{"inputs": {"place": Place("Lima", ("sea",)), "size": Size.BIG, "id": UUID(int=1)}}])
    assert dataset.records[0].inputs == {
        "place": {"name": "Lima", "near": ["sea"]},
        "size": 3,
        "id": "00000000-0000-0000-0000-000000000001",
    }


@pytest.mark.usefixtures("store_url")
def test_many_records_are_merged_at_once() -> None:
    records = [{"inputs": {"number": number}} for number in range(1200)]
    dataset = capitals(*records)

    dataset.merge_records([{**record, "outputs": "even"} for record in records if record["inputs"]["number"] % 2 == 0])

    assert [record.inputs["number"] for record in dataset.records] == list(range(1200))
    assert sum(record.outputs == "even" for record in dataset.records) == 600


def test_processes_that_merge_at_once_lose_nothing(store_url: str) -> None:
    spanloom.create_dataset("capitals")
    script = (
        "import sys, spanloom\n"
        "dataset = spanloom.get_dataset('capitals')\n"
        "for n in range(5):\n"
        "    dataset.merge_records([{'inputs': {'writer': sys.argv[1], 'n': n}}, {'inputs': {'n': n}}])\n"
    )
    environment = {"SPANLOOM_STORE": store_url, "SPANLOOM_STRICT": "1"}
    writers = [subprocess.Popen([sys.executable, "-c", script, str(n)], env=environment) for n in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]

    dataset = spanloom.get_dataset("capitals")

    assert (len(dataset), dataset.version) == (20, 15)
    assert [each.version for each in dataset.list_versions()] == list(range(15, -1, -1))


@pytest.mark.usefixtures("store_url")
def test_traces_become_records() -> None:
    for question, environment in [("2 + 2?", "prod"), ("3 + 3?", "prod"), ("4 + 4?", "test")]:
        with spanloom.start_span("agent") as span:
            span.set_inputs({"question": question})
            span.set_outputs("4")
            spanloom.update_current_trace(tags={"env": environment}, session_id="s-1")
        spanloom.log_expectation(trace_id=span.trace_id, name="expected_response", value=str(eval(question[:-1])))
    spanloom.flush()

    dataset = spanloom.create_dataset("sums").merge_traces("tags.env = 'prod'")

    assert [(each.inputs, each.outputs, each.expectations) for each in dataset.records] == [
        ({"question": "2 + 2?"}, "4", {"expected_response": "4"}),
        ({"question": "3 + 3?"}, "4", {"expected_response": "6"}),
    ]
    first = dataset.records[0]
    assert first.source_type == "TRACE"
    assert first.source == {
        "source_type": "TRACE", "source_data": {"trace_id": first.source_id, "session_id": "s-1"}
    }  # fmt: skip
    assert len(dataset.merge_traces(max_results=1)) == 3
    same = spanloom.create_dataset("same").merge_records(spanloom.search_traces())
    assert same.digest == dataset.digest


def test_frames_go_in_and_come_out() -> None:
    pandas = pytest.importorskip("pandas")
    with spanloom.start_span("agent") as span:
        span.set_inputs({"question": "2 + 2?"})
        span.set_outputs("4")
    spanloom.flush()
    frame = pandas.DataFrame([FRANCE, PERU])

    dataset = spanloom.create_dataset("frames").merge_records(frame)
    dataset.merge_records(spanloom.search_traces(return_type="pandas"))

    found = dataset.to_df()
    assert list(found["inputs"]) == [FRANCE["inputs"], PERU["inputs"], {"question": "2 + 2?"}]
    assert list(found["source_type"]) == ["HUMAN", "CODE", "TRACE"]
    assert list(found.columns) == list(spanloom.create_dataset("empty").to_df().columns)
    copy = spanloom.create_dataset("copy").merge_records(found)
    assert copy.digest == dataset.digest
    assert spanloom.create_dataset("other").merge_records(dataset).digest == dataset.digest


@pytest.mark.usefixtures("store_url")
def test_an_evaluation_says_which_version_it_was_of() -> None:
    @spanloom.scorer
    def right(outputs: str, expectations: dict[str, str]) -> bool:
        return outputs == expectations["expected_response"]

    dataset = capitals(FRANCE, {**PERU, "expectations": {"expected_response": "Lima"}})

    result = spanloom.evaluate(data=dataset, scorers=[right], predict_fn=lambda country: "Paris")

    assert result.metrics["right/mean"] == 0.5
    tags = spanloom.get_run(result.run_id).data.tags
    assert tags["spanloom.dataset.name"] == "capitals"
    assert (tags["spanloom.dataset.version"], tags["spanloom.dataset.digest"]) == ("1", dataset.digest)
    assert {trace.info.tags.get("continent") for trace in spanloom.search_traces()} == {None, "America"}


@pytest.mark.usefixtures("store_url")
def test_datasets_are_searched() -> None:
    spanloom.create_dataset("support-en", tags={"stage": "reviewed"}, experiment_id="support")
    spanloom.create_dataset("support-de", tags={"stage": "draft"}, experiment_id="support")
    spanloom.create_dataset("sales", tags={"stage": "reviewed"}).merge_records([FRANCE])

    def names(**options: Any) -> list[str]:
        return [dataset.name for dataset in spanloom.search_datasets(**options)]

    assert sorted(names()) == ["sales", "support-de", "support-en"]
    assert names(filter_string="name LIKE 'support-%' AND tags.stage = 'reviewed'") == ["support-en"]
    assert names(filter_string="version >= 1") == ["sales"]
    assert names(experiment_ids="support", order_by="name DESC") == ["support-en", "support-de"]
    assert names(order_by=["name"], max_results=2) == ["sales", "support-de"]
    assert names(filter_string="created_time > 4102444800000") == []
    with pytest.raises(FilterError, match=r"docs/datasets\.md"):
        names(filter_string="colour = 'red'")
    with pytest.raises(FilterError, match="can't be sorted by 'colour'; expected name, created_time"):
        names(order_by="colour")


@pytest.mark.usefixtures("store_url")
def test_tags_and_experiments_change_and_deleting_leaves_nothing() -> None:
    dataset = capitals(FRANCE, tags={"team": "geography", "stage": "draft"}, experiment_id="a")

    spanloom.set_dataset_tags(dataset.dataset_id, {"stage": "reviewed", "team": None, "size": 1})
    spanloom.delete_dataset_tag(dataset.dataset_id, "size")
    assert spanloom.get_dataset("capitals").tags == {"stage": "reviewed"}

    added = spanloom.add_dataset_to_experiments(dataset.dataset_id, ["a", "b"])
    assert added.experiment_ids == ["a", "b"]
    assert spanloom.remove_dataset_from_experiments(dataset.dataset_id, ["a", "c"]).experiment_ids == ["b"]

    spanloom.delete_dataset("capitals")
    for gone in (
        lambda: dataset.merge_records([PERU]),
        lambda: spanloom.get_dataset("capitals"),
        lambda: spanloom.delete_dataset(dataset_id=dataset.dataset_id),
        lambda: spanloom.set_dataset_tags(dataset.dataset_id, {"stage": "gone"}),
        lambda: spanloom.add_dataset_to_experiments(dataset.dataset_id, ["b"]),
    ):
        with pytest.raises(NotFoundError):
            gone()
    assert capitals().records == []


@pytest.mark.usefixtures("store_url")
def test_mistakes_are_told() -> None:
    capitals()
    with pytest.raises(EvaluationError, match=r"there is a dataset 'capitals' already: get_dataset\('capitals'\)"):
        spanloom.create_dataset("capitals")
    with pytest.raises(EvaluationError, match="expected a name of 1 to 250 printable characters"):
        spanloom.create_dataset(" ")
    with pytest.raises(EvaluationError, match="takes a name or a dataset_id, one of them"):
        spanloom.get_dataset()
    with pytest.raises(NotFoundError, match=r"no dataset .capital.; the newest are .capitals."):
        spanloom.get_dataset("capital")
    with pytest.raises(RunError, match="expected a name"):
        spanloom.create_dataset("tagged", tags={"": "x"})
    with pytest.raises(NotFoundError):
        spanloom.get_dataset("tagged")
    with pytest.raises(EvaluationError, match="of type str; expected a list of dictionaries"):
        spanloom.get_dataset("capitals").merge_records("capitals.jsonl")


def test_the_package_gives_every_name_it_lists() -> None:
    assert {name for name in datasets_package.__all__ if not hasattr(datasets_package, name)} == set()
