from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from spanloom.errors import SchemaError, SpanloomError
from spanloom.schemas import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    ResponseUsage,
    validate_request,
    validate_response,
)

USER = {"role": "user", "content": "hi"}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
ANSWER = {"type": "message", "id": "m1", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}


def without(body, *keys):
    return {key: value for key, value in body.items() if key not in keys}


def lines(error):
    return [line.strip() for line in str(error.value).splitlines()[1:]]


BAD_ITEMS = [
    (USER | {"role": "robot"}, "role: should be 'user', 'assistant', 'system' or 'developer', got 'robot'"),
    (without(USER, "role"), "role: is required but missing (given: content)"),
    (USER | {"content": []}, "content: should not be empty, got an empty list"),
    (USER | {"content": None}, "content: should be a valid string, got NoneType"),
    (USER | {"content": 5}, "content: should be a valid string, got int"),
    (USER | {"content": b"hi"}, "content: should be a valid string, got bytes"),
    (
        USER | {"content": "\ud800"},
        "content: should be text that UTF-8 can encode, got a str with lone surrogates",
    ),
    (USER | {"content": [{"type": "input_text"}]}, "content[0].text: is required but missing (given: type)"),
    (USER | {"status": "done"}, "status: should be 'in_progress', 'completed' or 'incomplete', got 'done'"),
    (without(CALL, "call_id"), "call_id: is required but missing (given: type, name, arguments)"),
    (CALL | {"arguments": {"x": 1}}, "arguments: should be a valid string, got dict"),
    (CALL | {"name": None}, "name: should be a valid string, got NoneType"),
    (
        {"type": "function_call_output", "output": "3"},
        "call_id: is required but missing (given: type, output)",
    ),
    (
        {"type": "function_call_output", "call_id": "c1", "output": {"x": 1}},
        "output: should be a valid string, got dict",
    ),
    (
        {"type": "function_call_output", "call_id": "c1", "output": [1]},
        "output[0]: should be a valid dictionary, got int",
    ),
    ({"type": "reasoning", "id": "r1"}, "summary: is required but missing (given: type, id)"),
    (
        {"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": 1}]},
        "summary[0].text: should be a valid string, got int",
    ),
    (
        {"type": "mcp_approval_response", "approval_request_id": "a", "approve": "yes"},
        "approve: should be a valid boolean, got str",
    ),
    ({"type": ["message"]}, "type: should be a valid string, got list"),
]


@pytest.mark.parametrize(("item", "line"), BAD_ITEMS)
def test_a_bad_item_is_named_by_its_path_in_a_request(item, line):
    with pytest.raises(SchemaError) as error:
        validate_request({"input": [USER, item]})
    assert f"input[1].{line}" in lines(error)


BAD_OUTPUT = [
    (without(ANSWER, "id"), "id: is required but missing (given: type, role, content)"),
    (ANSWER | {"role": "user"}, "role: should be 'assistant', got 'user'"),
    (ANSWER | {"content": []}, "content: should not be empty, got an empty list"),
    (ANSWER | {"content": "hi"}, "content: should be a valid list, got str"),
    (
        ANSWER | {"content": [{"type": "input_text", "text": "hi"}]},
        "content[0]: should be a content part with 'type' one of output_text, refusal, got dict",
    ),
    (
        ANSWER | {"content": [{"type": "output_text", "text": "x", "annotations": [{"type": "file_path"}]}]},
        "content[0].annotations[0].file_id: is required but missing (given: type)",
    ),
    (CALL | {"arguments": 5}, "arguments: should be a valid string, got int"),
    ({"id": "x"}, "type: is required but missing (given: id)"),
]


@pytest.mark.parametrize(("item", "line"), BAD_OUTPUT)
def test_a_bad_item_is_named_by_its_path_in_a_response(item, line):
    with pytest.raises(SchemaError) as error:
        validate_response({"output": [item]})
    assert f"output[0].{line}" in lines(error)


def test_several_errors_are_reported_together():
    with pytest.raises(SchemaError) as error:
        validate_request({"input": [USER | {"role": "x"}, without(CALL, "name")], "temperature": "hot"})
    assert str(error.value).splitlines()[0] == "ResponsesAgentRequest: 3 errors"
    assert [line.partition(":")[0] for line in lines(error)] == ["input[0].role", "input[1].name", "temperature"]


def test_very_many_errors_are_counted_not_listed():
    with pytest.raises(SchemaError, match="and 80 more"):
        validate_request({"input": [5] * 100})


@pytest.mark.parametrize("value", [None, "hi", 5, [USER], object()])
def test_a_value_that_is_no_mapping_is_refused_by_name_of_its_type(value):
    with pytest.raises(SchemaError, match=rf"should be a dict or a ResponsesAgentRequest, got {type(value).__name__}"):
        validate_request(value)


def test_input_is_required_and_is_text_or_a_list():
    with pytest.raises(SchemaError, match="input: is required but missing"):
        validate_request({"messages": [USER]})
    with pytest.raises(SchemaError, match="input: should be a valid list, got dict"):
        validate_request({"input": USER})


@pytest.mark.parametrize("key", USAGE)
def test_usage_with_a_missing_field_is_refused(key):
    with pytest.raises(SchemaError, match=f"usage.{key}: is required but missing"):
        validate_response({"output": [], "usage": without(USAGE, key)})


@pytest.mark.parametrize(
    ("details", "field"),
    [("input_tokens_details", "cached_tokens"), ("output_tokens_details", "reasoning_tokens")],
)
def test_usage_without_its_details_is_refused(details, field):
    with pytest.raises(SchemaError, match=rf"usage.{details}.{field}: is required"):
        validate_response({"output": [], "usage": USAGE | {details: {}}})


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_that_json_cannot_write_are_refused(number):
    with pytest.raises(SchemaError, match="temperature: should be a finite number, got float"):
        validate_request({"input": "hi", "temperature": number})
    with pytest.raises(SchemaError, match=r"usage\.total_tokens: should be a finite number"):
        validate_response({"output": [], "usage": USAGE | {"total_tokens": number}})


def test_values_are_not_quoted_in_errors():
    secret = "sk-" + "x" * 10_000_000
    with pytest.raises(SchemaError) as error:
        validate_request({"input": [USER | {"content": secret, "role": secret}], "metadata": secret})
    assert len(str(error.value)) < 500
    assert error.value.__cause__ is None


def test_a_huge_text_is_accepted():
    text = "x" * 10_000_000
    assert validate_request({"input": text}).input_items()[0].content == text


def test_deep_nesting_is_accepted_and_dumping_it_never_crashes():
    deep = {}
    for _ in range(100_000):
        deep = {"deeper": deep}
    request = validate_request({"input": "hi", "custom_inputs": deep})
    assert request.custom_inputs is not None
    with pytest.raises((ValueError, RecursionError)):
        request.model_dump_json()


def test_constructors_raise_pydantics_error_which_is_a_value_error():
    with pytest.raises(ValidationError) as error:
        ResponseUsage(input_tokens=1)
    assert isinstance(error.value, ValueError)
    with pytest.raises(ValidationError):
        ResponsesAgentRequest()
    with pytest.raises(ValidationError):
        ResponsesAgentResponse(output=[{"type": "message"}])


def test_a_schema_error_is_a_spanloom_error_and_a_value_error():
    assert issubclass(SchemaError, SpanloomError)
    assert issubclass(SchemaError, ValueError)
