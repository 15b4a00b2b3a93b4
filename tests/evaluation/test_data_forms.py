from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import spanloom
from spanloom.errors import EvaluationError
from spanloom.evaluation import EvaluationResult


@spanloom.scorer
def right(outputs: Any, expectations: dict[str, Any]) -> bool:
    return bool(outputs == expectations["expected_response"])


@spanloom.trace
def agent(question: str) -> str:
    return question.upper()


def _asked() -> list[str]:
    ids = []
    for question in ("a", "b"):
        agent(question)
        trace_id = spanloom.get_last_active_trace_id()
        assert trace_id is not None
        spanloom.log_expectation(trace_id, "expected_response", question.upper())
        ids.append(trace_id)
    return ids


def _is_scored_on(result: EvaluationResult, trace_ids: list[str]) -> None:
    assert sorted(row.trace_id or "" for row in result.rows) == sorted(trace_ids)
    assert result.metrics["right/mean"] == 1.0
    for trace_id in trace_ids:
        trace = spanloom.get_trace(trace_id)
        assert trace is not None
        assert [said.name for said in trace.info.assessments] == ["expected_response", "right"]


def test_traces_are_scored_where_they_are() -> None:
    ids = _asked()

    _is_scored_on(spanloom.evaluate(spanloom.search_traces(), [right]), ids)


def test_a_frame_of_traces_is_scored_like_the_traces() -> None:
    ids = _asked()

    _is_scored_on(spanloom.evaluate(spanloom.search_traces(return_type="pandas"), [right]), ids)


def test_a_frame_of_rows_and_answers_known_beforehand_get_a_trace_each() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {"inputs": [{"q": 1}, {"q": 2}], "outputs": ["x", "y"], "expectations": [{"expected_response": "x"}] * 2}
    )
    result = spanloom.evaluate(frame, [right])

    assert result.metrics["right/mean"] == 0.5
    assert [row.trace.data.spans[0].outputs for row in result.rows if row.trace is not None] == ["x", "y"]


def test_a_dataset_is_whatever_has_records() -> None:
    record = SimpleNamespace(
        inputs={"question": "a"}, expectations={"expected_response": "A"}, tags={"kind": "easy"}, source="by hand"
    )

    result = spanloom.evaluate(SimpleNamespace(records=[record]), [right], agent)

    assert result.passed, result.reason
    assert result.rows[0].trace is not None
    assert result.rows[0].trace.info.tags["kind"] == "easy"


def test_the_frame_of_results_has_the_columns_that_mlflow_gives_it() -> None:
    @spanloom.scorer
    def why(outputs: str) -> spanloom.Feedback:
        return spanloom.Feedback(value=3, rationale="r")

    rows = [{"inputs": {"question": "a"}, "expectations": {"expected_response": "A"}}]
    frame = spanloom.evaluate(rows, [right, why], agent).tables["eval_results"]

    scored = ["trace_id", "right/value", "why/value", "why/rationale", "expected_response/value", "trace"]
    assert list(frame.columns)[:6] == scored
    assert frame.loc[0, "request"] == {"question": "a"}
    assert frame.loc[0, "why/value"] == 3


def test_a_trace_may_be_the_json_that_mlflow_writes() -> None:
    times = {"create_time": "2026-11-21T01:24:55.246Z", "last_update_time": "2026-11-21T01:24:55.246Z"}
    said = {"assessment_id": "a-1", "assessment_name": "expected_response", "source": {"source_type": "HUMAN"}, **times}
    span = {
        "trace_id": "G2ymMiT02TlzuhtayKUvxQ==",
        "span_id": "XO6QwCKWK38=",
        "name": "agent",
        "start_time_unix_nano": 1,
        "end_time_unix_nano": 2,
        "attributes": {"mlflow.spanInputs": '{"question": "a"}', "mlflow.spanOutputs": '"A"'},
    }
    info = {
        "trace_id": "tr-1b6ca63224f4d93973ba1b5ac8a52fc5",
        "request_time": "2026-11-21T01:24:38.822Z",
        "assessments": [{**said, "expectation": {"value": "A"}}],
    }

    result = spanloom.evaluate([{"trace": json.dumps({"info": info, "data": {"spans": [span]}})}], [right])

    assert result.passed
    assert result.rows[0].inputs == {"question": "a"}


def test_a_trace_that_is_none_is_told_with_its_row() -> None:
    with pytest.raises(EvaluationError, match=r"row 1: .*expected"):
        spanloom.evaluate([{"inputs": {}, "outputs": 1}, {"trace": "no JSON"}], [right])
