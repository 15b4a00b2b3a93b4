from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spanloom.errors import EvaluationError
from spanloom.evaluation.scorers import (
    Contains,
    ExactMatch,
    JsonMatch,
    JsonSchema,
    PIIDetection,
    RegexMatch,
    ResponseLength,
)
from spanloom.evaluation.texts import answer_of, text_of
from spanloom.schemas.responses import ResponsesAgentResponse

MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Paris"}],
}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


@pytest.mark.parametrize(
    "outputs",
    [
        "Paris",
        {"answer": "Paris"},
        {"content": "Paris", "score": 1},
        {"output": [CALL, MESSAGE], "id": "resp_1"},
        ResponsesAgentResponse.model_validate({"output": [MESSAGE]}),
        {"messages": [{"role": "user", "content": "Capital?"}, {"role": "assistant", "content": "Paris", "id": "1"}]},
        [{"role": "assistant", "content": "Rome?"}, {"role": "assistant", "content": [{"text": "Paris"}]}],
        {"choices": [{"message": {"role": "assistant", "content": "Paris"}}]},
        {"messages": [{"type": "human", "content": "Capital?"}, {"type": "ai", "content": "Paris"}], "steps": 2},
    ],
)
def test_the_text_of_an_answer_is_what_the_assistant_said_last(outputs: Any) -> None:
    assert text_of(outputs) == "Paris"


@pytest.mark.parametrize("outputs", [None, "", {"output": [CALL]}, {"output": [], "id": "resp_1"}, {"messages": []}])
def test_a_conversation_without_an_answer_has_an_empty_text(outputs: Any) -> None:
    assert text_of(outputs) == ""


def test_other_data_is_json_text() -> None:
    assert text_of({"city": "Paris", "degrees": 21}) == '{"city":"Paris","degrees":21}'
    assert text_of({"answer": 42}) == "42"
    assert text_of([{"a": 1}]) == '[{"a":1}]'


def test_a_very_long_answer_is_not_cut() -> None:
    long = {"answer": "x" * 1_000_000}
    assert ResponseLength(min_length=1_000_000)(outputs=long).value == "yes"
    assert JsonMatch()(outputs=long, expectations={"expected_response": long}).value == "yes"


def test_a_question_is_what_the_user_said_last() -> None:
    assert text_of({"input": [{"role": "user", "content": "Capital?"}]}, "user") == "Capital?"
    assert text_of({"question": "Capital?"}, "user") == "Capital?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_is_the_same_answer_as_text_and_as_data(value: Any) -> None:
    assert answer_of(json.dumps(value)) == value
    assert JsonMatch()(outputs=json.dumps(value), expectations={"expected_response": json.dumps(value)}).value == "yes"


def test_exact_match_says_what_it_got_instead() -> None:
    expectations = {"expected_response": "Paris"}
    assert ExactMatch()(outputs=" Paris\n", expectations=expectations).value == "yes"
    assert ExactMatch(case_insensitive=True)(outputs="PARIS", expectations=expectations).value == "yes"
    said = ExactMatch()(outputs="paris", expectations=expectations)
    assert (said.value, said.rationale) == ("no", "Expected 'Paris', got 'paris'.")


@pytest.mark.parametrize("scorer", [ExactMatch(), Contains(), JsonMatch()])
def test_a_row_without_the_expectation_is_told_which_one(scorer: Any) -> None:
    with pytest.raises(EvaluationError, match=r"expected_(response|facts).*the row has \['other'\]"):
        scorer(outputs="x", expectations={"other": 1})


def test_regex_match() -> None:
    assert RegexMatch(pattern="a+")(outputs="baaa").rationale == "'a+' matches 'aaa'."
    assert RegexMatch(pattern="a+", match_type="fullmatch")(outputs="baaa").value == "no"
    assert RegexMatch(pattern="A+", case_insensitive=True)(outputs="baaa").value == "yes"
    with pytest.raises(ValidationError, match="is no regular expression: unterminated"):
        RegexMatch(pattern="[")


def test_contains_names_what_is_missing() -> None:
    facts = {"expected_facts": ["Seine", "Rome"]}
    said = Contains()(outputs="On the Seine.", expectations=facts)
    assert (said.value, said.rationale) == ("no", "Missing in the answer: 'Rome'.")
    assert Contains(texts="seine", case_insensitive=True)(outputs="On the Seine.").value == "yes"


def test_json_match_names_the_places_that_differ() -> None:
    wanted = {"expected_response": {"city": "Paris", "days": [1, {"rain": True}]}}
    said = JsonMatch()(outputs='{"days": [1, {"rain": 1}], "sun": 2}', expectations=wanted)
    assert said.rationale == "$.city is missing; $.sun was not expected; $.days[1].rain is 1, expected true"
    more = {"city": "Paris", "days": [1, {"rain": True, "mm": 3}]}
    assert JsonMatch(subset=True)(outputs=more, expectations=wanted).value == "yes"
    assert JsonMatch()(outputs=more, expectations=wanted).value == "no"
    not_json = JsonMatch()(outputs="sunny", expectations=wanted)
    assert not_json.value == "no"
    assert str(not_json.rationale).startswith("The answer is not JSON (unexpected character")


def test_json_schema_reads_data_and_texts() -> None:
    scorer = JsonSchema(json_schema={"type": "object", "required": ["city"], "properties": {"city": {"minLength": 2}}})
    assert scorer(outputs={"city": "Paris"}).value == "yes"
    assert scorer(outputs={"output": [{**MESSAGE, "content": [{"text": '{"city": "Paris"}'}]}]}).value == "yes"
    assert scorer(outputs='{"city": "P"}').rationale == "$.city: 'P' is too short"
    assert scorer(outputs="Paris").value == "no"
    with pytest.raises(ValidationError, match=r"is no JSON Schema: \$.type: 'objet'"):
        JsonSchema(json_schema={"type": "objet"})


def test_response_length_has_inclusive_bounds_in_chars_or_words() -> None:
    assert ResponseLength(max_length=5)(outputs="Paris").value == "yes"
    assert ResponseLength(max_length=4)(outputs="Paris").rationale == "5 chars, at most 4 expected."
    assert ResponseLength(min_length=2, unit="words")(outputs="Paris").rationale == "1 words, at least 2 expected."
    with pytest.raises(ValidationError, match="needs min_length, max_length or both"):
        ResponseLength()
    with pytest.raises(ValidationError, match="min_length 3 is more than max_length 2"):
        ResponseLength(min_length=3, max_length=2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@example.com", "email"),
        ("Call (415) 555-2671 now", "phone"),
        ("+49 170 1234567", "phone"),
        ("123-45-6789", "ssn"),
        ("4111 1111 1111 1111", "credit_card"),
        ("host 192.168.0.1.", "ip_address"),
    ],
)
def test_personal_data_is_found_and_not_repeated(text: str, found: str) -> None:
    said = PIIDetection()(outputs=text)
    assert (said.value, said.rationale) == ("no", f"Found: {found}.")


@pytest.mark.parametrize(
    "text",
    ["2024-11-21 and 12:30", "order 1234-5678", "version 1.2.3", "000-12-3456", "4111 1111 1111 1112", "999.1.1.1"],
)
def test_what_only_looks_like_personal_data_is_left_alone(text: str) -> None:
    assert PIIDetection()(outputs=text).value == "yes"


def test_only_the_types_asked_for_are_looked_for() -> None:
    assert PIIDetection(pii_types=["phone"])(outputs="ann@example.com").rationale == "Nothing found of: phone."
    with pytest.raises(ValidationError, match="pii_types"):
        PIIDetection(pii_types=["iban"])
