from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.errors import SchemaError
from spanloom.testing import outline
from spanloom.tracing.assessments import AssessmentError, AssessmentSource, Expectation, Feedback
from spanloom.tracing.mlflow_traces import from_mlflow, is_mlflow

TRACE_ID = "1b6ca63224d4ffd93973b5a51a2fc54a"
ROOT, MODEL, TOOL = "5cee90c022962b7f", "c386f2bb352094fa", "6fda01ab78e00a4e"
START = 1_795_224_278_822_296_753


def encoded(identifier: str) -> str:
    return base64.b64encode(bytes.fromhex(identifier)).decode()


def span(span_id: str, parent_id: str | None, begins: int, **facts: Any) -> dict[str, Any]:
    attributes = {"mlflow.traceRequestId": f"tr-{TRACE_ID}", **facts.pop("attributes")}
    return {
        "trace_id": encoded(TRACE_ID),
        "span_id": encoded(span_id),
        "parent_span_id": encoded(parent_id) if parent_id else None,
        "start_time_unix_nano": START + begins,
        "end_time_unix_nano": START + begins + 1000,
        "events": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "links": [],
        **facts,
        "attributes": {key: json.dumps(value) for key, value in attributes.items()},
    }


def assessment(assessment_id: str, name: str, **said: Any) -> dict[str, Any]:
    return {
        "assessment_id": assessment_id,
        "assessment_name": name,
        "trace_id": f"tr-{TRACE_ID}",
        "source": {"source_type": "LLM_JUDGE", "source_id": "gpt-x"},
        "create_time": "2026-11-21T01:24:55.246Z",
        "last_update_time": "2026-11-21T01:24:56Z",
        "valid": True,
        **said,
    }


@pytest.fixture
def document() -> dict[str, Any]:
    """A trace in the form of MLflow 3.17's `Trace.to_json`."""
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    return {
        "info": {
            "trace_id": f"tr-{TRACE_ID}",
            "client_request_id": "req-1",
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "3"}},
            "request_time": "2026-11-21T01:24:38.822Z",
            "state": "OK",
            "trace_metadata": {
                "mlflow.trace.tokenUsage": json.dumps(usage),
                "mlflow.trace.cost": json.dumps({"input_cost": 0.1, "output_cost": 0.15, "total_cost": 0.25}),
                "mlflow.trace.session": "s1",
                "mlflow.trace.user": "u1",
                "mlflow.traceInputs": "{}",
                "mlflow.trace_schema.version": "3",
                "mlflow.source.name": "agent.py",
                "version": "7",
            },
            "tags": {"mlflow.traceName": "agent", "mlflow.artifactLocation": "/there", "env": "dev"},
            "request_preview": "hi",
            "response_preview": "yo",
            "execution_duration_ms": 863,
            "assessments": [
                assessment("a-1", "helpful", feedback={"value": True}, rationale="ok", metadata={"z": "1"}),
                assessment("a-2", "safe", feedback={"error": {"error_code": "TIMEOUT"}}, span_id=MODEL),
                assessment("a-3", "plain", expectation={"value": "Paris"}),
                assessment(
                    "a-4",
                    "json",
                    expectation={"serialized_value": {"serialization_format": "JSON_FORMAT", "value": '{"a": 1}'}},
                ),
                assessment("a-5", "overridden", feedback={"value": False}, valid=False),
                assessment("a-6", "problem", issue={"issue_name": "slow"}),
            ],
        },
        "data": {
            "spans": [
                span(
                    ROOT,
                    None,
                    0,
                    name="agent",
                    attributes={
                        "mlflow.spanType": "AGENT",
                        "mlflow.spanInputs": {"q": "hi"},
                        "mlflow.spanOutputs": "yo",
                    },
                ),
                span(
                    MODEL,
                    ROOT,
                    10,
                    name="llm",
                    attributes={
                        "mlflow.spanType": "CHAT_MODEL",
                        "mlflow.chat.tokenUsage": usage,
                        "mlflow.chat.tools": [{"type": "function", "function": {"name": "f"}}],
                        "mlflow.llm.cost": {"total_cost": 0.25},
                        "mlflow.llm.model": "gpt-x",
                        "mlflow.llm.provider": "openai",
                        "temperature": 0.5,
                    },
                    events=[{"name": "tok", "time_unix_nano": START + 11, "attributes": {"k": "v"}}],
                ),
                span(
                    TOOL,
                    ROOT,
                    20,
                    name="tool",
                    attributes={"mlflow.spanType": "TOOL"},
                    status={"code": "STATUS_CODE_ERROR", "message": "ValueError: bad"},
                ),
            ]
        },
    }


def test_a_trace_of_mlflow_becomes_one_of_ours(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "trace.json").write_text(json.dumps(document, indent=2))
    assert spanloom.import_traces(tmp_path / "trace.json") == (1, 0)
    trace = spanloom.get_trace(TRACE_ID)
    assert trace is not None
    assert trace == from_mlflow(document)
    info = trace.info
    assert (info.experiment, info.name, info.state, info.client_request_id) == ("3", "agent", "OK", "req-1")
    assert (info.request_time, info.execution_duration) == (1_795_224_278_822, 863)
    assert (info.request_preview, info.response_preview) == ("hi", "yo")
    assert (info.session_id, info.user, info.tags) == ("s1", "u1", {"env": "dev"})
    assert info.trace_metadata == {"mlflow.source.name": "agent.py", "version": "7"}
    assert (info.token_usage, info.cost) == (spanloom.TokenUsage(3, 4, 7), 0.25)
    assert outline(trace).splitlines() == [
        "AGENT agent",
        "  CHAT_MODEL llm [3+4 tokens]",
        "  TOOL tool (ERROR: ValueError: bad)",
    ]


def test_it_is_found_by_mlflows_id_and_mlflows_names(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "trace.json").write_text(json.dumps(document))
    spanloom.import_traces(tmp_path / "trace.json")
    theirs = f"tr-{TRACE_ID}"
    assert spanloom.get_trace(theirs) == spanloom.get_trace(TRACE_ID)
    said = spanloom.log_feedback(theirs, "good", value=True)
    assert spanloom.get_assessment(theirs, said.assessment_id) == said
    assert spanloom.update_assessment(theirs, said.assessment_id, Feedback("good", value=False)).trace_id == TRACE_ID
    spanloom.delete_assessment(theirs, said.assessment_id)
    for wanted in (
        f"trace_id = '{theirs}'",
        f"request_id IN ('{theirs}')",
        "span.attributes.mlflow.llm.model = 'gpt-x'",
        "span.attributes.`mlflow.llm.provider` LIKE 'open%'",
        "span.attributes.mlflow.spanType = 'TOOL'",
        "span.attributes.`mlflow.spanInputs` LIKE '%hi%'",
        "span.attributes.`mlflow.chat.tokenUsage` IS NOT NULL",
        "span.attributes.mlflow.llm.cost IS NOT NULL",
    ):
        assert len(spanloom.search_traces(wanted)) == 1, wanted
    assert spanloom.search_traces("span.attributes.mlflow.llm.model = 'gpt-y'") == []
    assert spanloom.delete_traces([theirs]) == 1


def test_its_spans_keep_what_they_tell(document: dict[str, Any]) -> None:
    root, model, tool = from_mlflow(document).data.spans
    assert (root.span_id, root.parent_id, root.inputs, root.outputs) == (ROOT, None, {"q": "hi"}, "yo")
    assert (root.start_time_ns, root.end_time_ns, root.attributes) == (START, START + 1000, {})
    assert model.parent_id == ROOT
    assert model.attributes == {
        "gen_ai.tool.definitions": [{"type": "function", "function": {"name": "f"}}],
        "gen_ai.request.model": "gpt-x",
        "gen_ai.provider.name": "openai",
        "temperature": 0.5,
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.total_tokens": 7,
        "spanloom.cost.total": 0.25,
    }
    assert model.events == [{"name": "tok", "time_unix_nano": START + 11, "attributes": {"k": "v"}}]
    assert (tool.status, tool.status_message) == ("ERROR", "ValueError: bad")


def test_its_assessments_come_along_but_for_overridden_ones_and_issues(document: dict[str, Any]) -> None:
    helpful, safe, plain, structured = from_mlflow(document).info.assessments
    assert helpful == Feedback(
        "helpful",
        True,
        source=AssessmentSource("LLM_JUDGE", "gpt-x"),
        trace_id=TRACE_ID,
        rationale="ok",
        metadata={"z": "1"},
        create_time_ms=1_795_224_295_246,
        last_update_time_ms=1_795_224_296_000,
        assessment_id="a-1",
    )
    assert isinstance(safe, Feedback)
    assert (safe.error, safe.span_id, safe.value) == (AssessmentError("TIMEOUT"), MODEL, None)
    assert isinstance(plain, Expectation)
    assert (plain.value, structured.value) == ("Paris", {"a": 1})


def test_a_running_trace_without_spans_is_converted(document: dict[str, Any]) -> None:
    document["data"]["spans"] = []
    document["info"] |= {"state": "IN_PROGRESS", "execution_duration_ms": None, "assessments": None, "tags": None}
    info = from_mlflow(document).info
    assert (info.trace_id, info.name, info.state, info.execution_duration) == (TRACE_ID, TRACE_ID, "IN_PROGRESS", None)


def test_our_own_traces_are_not_taken_for_those_of_mlflow(document: dict[str, Any]) -> None:
    assert is_mlflow(document)
    assert not is_mlflow(from_mlflow(document).to_dict())


def broken(document: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data",), {}),
        (("data", "spans", 0, "span_id"), "not base64!"),
        (("data", "spans", 0, "start_time_unix_nano"), None),
        (("info", "request_time"), "yesterday"),
        (("info", "request_time"), 17),
        (("info", "assessments", 0, "source"), {"source_type": "DOG"}),
        (("info", "assessments", 0, "feedback"), 3),
    ],
)
def test_a_broken_trace_of_mlflow_is_refused(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(SchemaError, match=r"MLflow|AssessmentSource"):
        from_mlflow(broken(document, *path, value=value))
