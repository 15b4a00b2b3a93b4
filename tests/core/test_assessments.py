from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom.errors import NotFoundError, SchemaError
from spanloom.tracing.assessments import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    Feedback,
)

pytestmark = pytest.mark.usefixtures("store_url")

ANN = AssessmentSource(AssessmentSourceType.HUMAN, "ann@example.com")
UNKNOWN = "0" * 31 + "1"


def record() -> tuple[str, str]:
    with spanloom.start_span("agent"), spanloom.start_span("tool") as tool:
        pass
    return tool.trace_id, tool.span_id


def assessments(trace_id: str) -> list[Assessment]:
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    return trace.info.assessments


def test_feedback_and_expectations_stand_on_their_trace_in_the_order_in_which_they_were_logged() -> None:
    trace_id, span_id = record()
    first = spanloom.log_feedback(
        trace_id, "correctness", True, source=ANN, rationale="as in the manual", span_id=span_id, metadata={"n": 1}
    )
    second = spanloom.log_expectation(trace_id, "answer", {"city": ["Oslo"]})
    third = spanloom.log_feedback(trace_id, value=0.5)
    assert assessments(trace_id) == [first, second, third]
    assert (first.trace_id, first.span_id, first.metadata) == (trace_id, span_id, {"n": "1"})
    assert (second.type, second.value, second.source.source_type) == ("expectation", {"city": ["Oslo"]}, "HUMAN")
    assert (third.name, third.value, third.source) == ("feedback", 0.5, AssessmentSource("CODE", "default"))
    assert first.assessment_id is not None
    assert spanloom.get_assessment(trace_id, first.assessment_id) == first
    [listed] = spanloom.search_traces(include_spans=False)
    assert listed.info.assessments == [first, second, third]


def test_a_trace_finds_its_assessments_by_name_span_and_type_and_survives_json() -> None:
    trace_id, span_id = record()
    on_span = spanloom.log_feedback(trace_id, "good", True, span_id=span_id)
    expected = spanloom.log_expectation(trace_id, "good", 1)
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    assert trace.search_assessments("good") == [on_span, expected]
    assert trace.search_assessments(span_id=span_id) == [on_span]
    assert trace.search_assessments(type="expectation") == [expected]
    assert trace.search_assessments("bad") == []
    assert spanloom.Trace.from_json(trace.to_json()) == trace


def test_a_failed_judge_leaves_its_error_instead_of_a_value() -> None:
    trace_id, _ = record()
    with pytest.raises(TimeoutError) as raised, spanloom.start_span("judge"):
        raise TimeoutError("the judge is asleep")
    said = spanloom.log_feedback(trace_id, "safety", error=raised.value)
    assert said.error is not None
    assert (said.error.error_code, said.error.error_message) == ("TimeoutError", "the judge is asleep")
    assert said.error.stack_trace is not None
    assert "Traceback" in said.error.stack_trace
    assert spanloom.log_feedback(trace_id, error="no key").error == AssessmentError("ASSESSMENT_ERROR", "no key")
    assert assessments(trace_id)[0] == said


def test_an_update_changes_what_is_said_and_keeps_who_said_it() -> None:
    trace_id, span_id = record()
    first = spanloom.log_feedback(
        trace_id, "correct", False, source=ANN, rationale="wrong", span_id=span_id, metadata={"a": 1, "b": 1}
    )
    assert first.assessment_id is not None
    changed = spanloom.update_assessment(
        trace_id, first.assessment_id, Feedback("correctness", True, metadata={"b": "2"})
    )
    assert assessments(trace_id) == [changed]
    assert (changed.name, changed.value, changed.rationale) == ("correctness", True, "wrong")
    assert changed.metadata == {"a": "1", "b": "2"}
    assert (changed.source, changed.span_id, changed.create_time_ms) == (ANN, span_id, first.create_time_ms)
    assert changed.last_update_time_ms >= first.last_update_time_ms
    with pytest.raises(SchemaError, match="is of type 'feedback' and stays one"):
        spanloom.update_assessment(trace_id, first.assessment_id, Expectation("correct", True))


def test_a_deleted_assessment_is_gone() -> None:
    trace_id, _ = record()
    said = spanloom.log_feedback(trace_id, value="fine")
    assert said.assessment_id is not None
    spanloom.delete_assessment(trace_id, said.assessment_id)
    assert assessments(trace_id) == []
    for use in (
        lambda: spanloom.delete_assessment(trace_id, str(said.assessment_id)),
        lambda: spanloom.get_assessment(trace_id, str(said.assessment_id)),
        lambda: spanloom.update_assessment(trace_id, str(said.assessment_id), Feedback()),
    ):
        with pytest.raises(NotFoundError, match=f"'{trace_id}' has no assessment '{said.assessment_id}'"):
            use()


def test_feedback_on_a_trace_that_nobody_knows_is_refused() -> None:
    with pytest.raises(NotFoundError, match=f"no trace '{UNKNOWN}' in the store.*search_traces"):
        spanloom.log_feedback(UNKNOWN, value=True)
    with pytest.raises(LookupError):
        spanloom.log_expectation(UNKNOWN, "answer", 1)


def test_a_running_trace_can_be_judged_from_within() -> None:
    with spanloom.start_span("agent") as span:
        said = spanloom.log_feedback(span.trace_id, "plan", "good")
    assert assessments(span.trace_id) == [said]


def test_a_trace_that_is_not_recorded_takes_feedback_and_keeps_nothing() -> None:
    spanloom.configure(sample_rate=0)
    with spanloom.start_span("agent") as span:
        pass
    assert spanloom.log_feedback(span.trace_id, value=True).value is True
    assert spanloom.search_traces() == []


def test_feedback_that_says_nothing_is_refused() -> None:
    trace_id, _ = record()
    with pytest.raises(SchemaError, match="give a value, a rationale or an error"):
        spanloom.log_feedback(trace_id, "empty")
    with pytest.raises(SchemaError, match="None expects nothing"):
        spanloom.log_expectation(trace_id, "empty", None)
    with pytest.raises(SchemaError, match=r"'DOG'.*expected one of HUMAN, LLM_JUDGE, CODE"):
        AssessmentSource("DOG")


def test_what_is_said_is_a_snapshot() -> None:
    trace_id, _ = record()
    value = {"scores": [1]}
    said = spanloom.log_feedback(trace_id, value=value)
    value["scores"].append(2)
    assert said.value == {"scores": [1]}


@pytest.mark.parametrize("field", ["metadata", "source", "error", "value", "rationale"])
def test_a_rule_may_hide_a_whole_field(field: str) -> None:
    spanloom.configure(redact=[field])
    trace_id, _ = record()
    said = spanloom.log_feedback(trace_id, value=7, source=ANN, rationale="why", metadata={"a": "secret"}, error="bad")
    hidden = {
        "metadata": {"a": "[REDACTED]"},
        "source": AssessmentSource("HUMAN", "[REDACTED]"),
        "error": AssessmentError("[REDACTED]"),
    }
    assert getattr(said, field) == hidden.get(field, "[REDACTED]")
    assert assessments(trace_id) == [said]


_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)  # fmt: skip
_COMMON = {
    "name": st.text(),
    "value": _JSON,
    "source": st.builds(AssessmentSource, st.sampled_from(["HUMAN", "LLM_JUDGE", "CODE"]), st.text()),
    "rationale": st.none() | st.text(),
    "metadata": st.dictionaries(st.text(), st.text()),
    "span_id": st.none() | st.text(),
}
_ERRORS = st.none() | st.builds(AssessmentError, st.text(), st.none() | st.text(), st.none() | st.text())


@given(st.builds(Feedback, error=_ERRORS, **_COMMON) | st.builds(Expectation, **_COMMON))
def test_every_assessment_comes_back_from_its_dictionary(said: Assessment) -> None:
    assert Assessment.from_dict(said.to_dict()) == said


@pytest.mark.parametrize("document", [{}, {"type": "issue"}, {"type": "feedback", "source": {}, "x": 1}])
def test_a_dictionary_of_something_else_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="not an assessment as"):
        Assessment.from_dict(document)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"source": "human"}, "AssessmentSource"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"error": 5}, "error"),
        ({"value": float("nan")}, "nan"),
        ({"value": float("-inf")}, "inf"),
        ({"span_id": "nope"}, "16 hex digits"),
    ],
)
def test_what_makes_no_feedback_is_refused(wrong: dict[str, Any], told: str) -> None:
    with spanloom.start_span("one") as span:
        pass
    with pytest.raises(SchemaError, match=told):
        spanloom.log_feedback(span.trace_id, **{"name": "good", "value": True, **wrong})
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    assert trace.info.assessments == []


def test_an_update_that_is_no_assessment_says_what_is_expected() -> None:
    with spanloom.start_span("one") as span:
        pass
    first = spanloom.log_feedback(span.trace_id, "good", True)
    assert first.assessment_id is not None
    with pytest.raises(SchemaError, match="expected a Feedback, got dict"):
        spanloom.update_assessment(span.trace_id, first.assessment_id, {"value": 2})  # type: ignore[type-var]


def test_half_a_character_in_the_name_of_a_source_is_replaced(store_url: str) -> None:
    with spanloom.start_span("one") as span:
        pass
    spanloom.log_feedback(span.trace_id, "good", True, source=spanloom.AssessmentSource("HUMAN", "ann \ud83d"))
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    assert trace.info.assessments[0].source.source_id == "ann \N{REPLACEMENT CHARACTER}"
