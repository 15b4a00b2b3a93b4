from __future__ import annotations

import json

import pytest

import spanloom
from spanloom.tracing.assessments import AssessmentSource, Feedback


@pytest.fixture
def trace_id() -> str:
    with spanloom.start_span("agent") as root, spanloom.start_span("look_up"):
        pass
    spanloom.flush()
    return root.trace_id


def stored(trace_id: str) -> spanloom.Trace:
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    return trace


def test_feedback_is_stored_and_the_page_of_the_trace_shows_it(trace_id: str, run_spanloom):
    span_id = stored(trace_id).search_spans(name="look_up")[0].span_id
    given = run_spanloom(
        *("traces", "feedback", trace_id[:16], "--name", "correctness", "--value", "false", "--span-id", span_id),
        *("--rationale", "the\x1b[31m station is closed", "--source-id", "ann"),
    )
    assert (given.returncode, given.stderr) == (0, "")
    [said] = stored(trace_id).info.assessments
    assert isinstance(said, Feedback)
    assert (said.value, said.source, said.span_id) == (False, AssessmentSource("HUMAN", "ann"), span_id)
    line = (
        "correctness = false because the\ufffd[31m station is closed"
        f"  by HUMAN ann on look_up  {said.assessment_id}"
    )  # fmt: skip
    assert given.stdout == f"{line}\n"
    shown = run_spanloom("traces", "show", "last").stdout
    assert f"  feedback    {line}\n" in shown


def test_expectations_and_failed_judges_are_shown(trace_id: str, invoke):
    spanloom.log_expectation(trace_id, "answer", {"city": "Oslo"})
    spanloom.log_feedback(trace_id, "safety", error=TimeoutError("too slow"))
    shown = invoke("traces", "show", trace_id).stdout
    assert '  expectation  answer = {"city":"Oslo"}  by HUMAN default' in shown
    assert "  feedback     safety failed: TimeoutError: too slow  by CODE default" in shown


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("0.5", 0.5), ("very good", "very good"), ('"7"', "7"), ("[1, 2]", [1, 2])]
)
def test_a_value_is_json_or_else_text(trace_id: str, invoke, text: str, value: object):
    document = json.loads(invoke("traces", "feedback", "last", "--value", text, "--json").stdout)
    assert document["value"] == value
    assert stored(trace_id).info.assessments[0].to_dict() == document


def test_mistakes_are_explained(trace_id: str, invoke):
    for arguments, message in (
        (("ffff", "--value", "1"), "there is no trace 'ffff'"),
        (("last",), "give a value, a rationale or an error"),
        (("last", "--value", "1", "--source-type", "DOG"), "expected one of HUMAN, LLM_JUDGE, CODE"),
    ):
        result = invoke("traces", "feedback", *arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert message in result.stderr
