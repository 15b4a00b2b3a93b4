from __future__ import annotations

import json

import pytest

import spanloom
from spanloom import Expectation


@pytest.fixture
def trace_id() -> str:
    with spanloom.start_span("agent") as root:
        pass
    spanloom.flush()
    return root.trace_id


def test_an_expectation_is_stored(trace_id: str, invoke):
    arguments = ("--name", "city", "--value", '{"name": "Oslo"}', "--source-id", "ann")
    document = json.loads(invoke("traces", "expectation", "last", *arguments, "--json").stdout)
    said = spanloom.get_assessment(trace_id, document["assessment_id"])
    assert isinstance(said, Expectation)
    assert (said.name, said.value, said.source.source_id) == ("city", {"name": "Oslo"}, "ann")
    assert invoke("traces", "expectation", "last").exit_code == 1


def test_what_is_given_changes_and_the_rest_stays(trace_id: str, invoke):
    said = spanloom.log_feedback(trace_id, "correct", value=False, rationale="closed")
    result = invoke("traces", "assessment", "update", "last", said.assessment_id, "--value", "true", "--json")
    assert result.exit_code == 0, result.output
    changed = spanloom.get_assessment(trace_id, said.assessment_id)
    assert (changed.name, changed.value, changed.rationale) == ("correct", True, "closed")
    line = invoke("traces", "assessment", "update", "last", said.assessment_id, "--rationale", "open").stdout
    assert line.startswith("correct = true because open")


def test_a_failed_judgement_is_replaced_by_a_value(trace_id: str, invoke):
    said = spanloom.log_feedback(trace_id, "safe", error="too slow")
    invoke("traces", "assessment", "update", "last", said.assessment_id, "--value", "0.5")
    changed = spanloom.get_assessment(trace_id, said.assessment_id)
    assert (changed.value, changed.error) == (0.5, None)


def test_one_is_deleted(trace_id: str, invoke):
    kept, gone = (spanloom.log_feedback(trace_id, name, value=1) for name in ("kept", "gone"))
    document = json.loads(invoke("traces", "assessment", "delete", "last", gone.assessment_id, "--json").stdout)
    assert document == {"deleted": gone.assessment_id}
    trace = spanloom.get_trace(trace_id)
    assert [said.assessment_id for said in trace.info.assessments] == [kept.assessment_id]


def test_mistakes_are_explained(trace_id: str, invoke):
    for arguments, code, message in (
        (("update", "last", "a-none", "--value", "1"), 1, "has no assessment 'a-none'"),
        (("update", "last", "a-none"), 2, "say what is new"),
        (("delete", "last", "a-none"), 1, "has no assessment 'a-none'"),
    ):
        result = invoke("traces", "assessment", *arguments)
        assert (result.exit_code, result.stdout) == (code, "")
        assert message in result.stderr
