from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from spanloom.errors import SchemaError
from spanloom.schemas import (
    ChatAgentChunk,
    ChatAgentResponse,
    ChatCompletionRequest,
    ChatMessage,
    chat_to_responses,
    validate_chat_agent_chunk,
    validate_chat_agent_request,
    validate_chat_agent_response,
)

ANSWER = {"role": "assistant", "content": "hi", "id": "m1"}
TOOL = {"role": "tool", "content": "3", "name": "add", "tool_call_id": "t1", "id": "m2"}


def without(body, *keys):
    return {key: value for key, value in body.items() if key not in keys}


def test_a_chat_agent_message_needs_content_or_tool_calls():
    with pytest.raises(SchemaError, match=r"messages\[0\]: needs 'content' or 'tool_calls'"):
        validate_chat_agent_request({"messages": [{"role": "assistant"}]})
    with pytest.raises(SchemaError, match=r"messages\[0\]: needs 'content' or 'tool_calls'"):
        validate_chat_agent_request({"messages": [{"role": "assistant", "tool_calls": []}]})


@pytest.mark.parametrize("missing", ["name", "tool_call_id"])
def test_a_tool_message_needs_a_name_and_a_call(missing):
    with pytest.raises(SchemaError, match=r"messages\[0\]: .* needs both 'name' and 'tool_call_id'"):
        validate_chat_agent_request({"messages": [without(TOOL, missing)]})


def test_ids_of_an_answer_are_unique():
    with pytest.raises(SchemaError, match=r"messages\[0\] and messages\[2\] have the same id"):
        validate_chat_agent_response({"messages": [ANSWER, TOOL, ANSWER]})


def test_every_message_of_an_answer_has_an_id():
    with pytest.raises(SchemaError, match=r"messages\[1\]\.id is missing"):
        validate_chat_agent_response({"messages": [ANSWER, without(TOOL, "id")]})


def test_a_chunk_has_an_id():
    with pytest.raises(SchemaError, match=r"delta\.id is missing"):
        validate_chat_agent_chunk({"delta": without(ANSWER, "id")})


def test_assignments_to_answers_and_chunks_are_checked():
    response = ChatAgentResponse(messages=[ANSWER])
    with pytest.raises(ValidationError, match="same id"):
        response.messages = [ANSWER, ANSWER]
    chunk = ChatAgentChunk(delta=ANSWER)
    with pytest.raises(ValidationError, match=r"delta\.id is missing"):
        chunk.delta = without(ANSWER, "id")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"content": b"hi"}, r"messages\[0\]\.content: should be a valid string, got bytes"),
        ({"content": "\udfff"}, r"messages\[0\]\.content: .* lone surrogates"),
        ({"role": None}, r"messages\[0\]\.role: should be a valid string, got NoneType"),
        ({"attachments": {"k": 1}}, r"messages\[0\]\.attachments\.k: should be a valid string, got int"),
        (
            {"tool_calls": [{"id": "t", "function": {"name": "f", "arguments": {}}}]},
            r"messages\[0\]\.tool_calls\[0\]\.function\.arguments: should be a valid string, got dict",
        ),
    ],
)
def test_a_bad_field_of_a_chat_agent_message_is_named_by_its_path(change, line):
    with pytest.raises(SchemaError, match=line):
        validate_chat_agent_request({"messages": [ANSWER | change]})


def test_usage_of_a_chat_agent_with_a_missing_field_is_refused():
    with pytest.raises(SchemaError, match=r"usage\.total_tokens: is required but missing"):
        validate_chat_agent_response(
            {"messages": [ANSWER], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        )


def test_a_chat_message_needs_content_a_refusal_or_calls_and_not_two_of_the_first():
    with pytest.raises(ValidationError, match="needs 'content', 'refusal' or 'tool_calls'"):
        ChatMessage(role="user")
    with pytest.raises(ValidationError, match="exclude each other"):
        ChatMessage(role="assistant", content="yes", refusal="no")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"messages": "hi"}, "messages: should be a valid list, got str"),
        ({"messages": [{"role": "user", "content": 5}]}, r"messages\[0\]\.content: should be a valid string, got int"),
        ({"temperature": math.nan}, "temperature: should be a finite number"),
        ({"custom_inputs": {1: 2}}, r"custom_inputs\.?\[1\].*: should be a valid string, got int"),
        ({"tools": [{"function": {}}]}, r"tools\[0\]\.function\.name: is required"),
        (
            {"tools": [{"function": {"name": "f", "parameters": {"properties": {"x": {"type": "text"}}}}}]},
            r"parameters\.properties\.x\.type",
        ),
    ],
)
def test_a_bad_field_of_a_chat_completion_request_is_named_by_its_path(change, line):
    with pytest.raises(SchemaError, match=line):
        ChatCompletionRequest.from_dict({"messages": [{"role": "user", "content": "hi"}]} | change)


def test_a_chat_role_that_nobody_knows_is_named_by_its_path():
    with pytest.raises(SchemaError, match=r"messages\[1\]\.role: should be assistant, .* got 'robot'"):
        chat_to_responses([{"role": "user", "content": "hi"}, {"role": "robot", "content": "hi"}])
