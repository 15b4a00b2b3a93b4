from __future__ import annotations

from typing import Any

import pytest

from spanloom.errors import SchemaError
from spanloom.schemas import ResponseStreamBuilder
from spanloom.schemas.converters.chat_completion_to_request import chat_completion_request_to_responses
from spanloom.schemas.converters.responses_to_chat_completion import ChatCompletionChunker, response_to_chat_completion

USAGE = {
    "input_tokens": 5,
    "input_tokens_details": {"cached_tokens": 2},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 12,
}


def events() -> list[Any]:
    stream = ResponseStreamBuilder(model="m")
    return [
        *stream.start(),
        *stream.reasoning("hm"),
        *stream.finish_item("reasoning"),
        *stream.function_call("a", "c1", "inner", "{}"),
        *stream.finish_item("a"),
        *stream.item({"type": "function_call_output", "call_id": "c1", "output": "out"}),
        *stream.text("Hel", "m1"),
        *stream.text("lo", "m1"),
        *stream.finish_item("m1"),
        *stream.text("Bye", "m2"),
        *stream.function_call("b", "c2", "yours", '{"x":1}'),
        *stream.finish(usage=USAGE, custom_outputs={"k": 1}),
    ]


def chunks_of(stream: list[Any], **options: Any) -> list[dict[str, Any]]:
    chunker = ChatCompletionChunker("m", **options)
    return [chunk for event in stream for chunk in chunker.add(event)]


def test_a_response_is_a_chat_completion_of_the_openai_package():
    types = pytest.importorskip("openai.types.chat")
    completion = response_to_chat_completion(events()[-1].response)
    parsed = types.ChatCompletion.model_validate(completion)
    [choice] = parsed.choices
    assert choice.message.content == "Hello\n\nBye"
    assert choice.finish_reason == "tool_calls"
    assert [call.id for call in choice.message.tool_calls or ()] == ["c2"]
    assert parsed.usage is not None
    assert parsed.usage.total_tokens == 12
    assert completion["custom_outputs"] == {"k": 1}
    assert completion["choices"][0]["message"]["reasoning_content"] == "hm"


def test_the_chunks_say_what_the_completion_says():
    chunks = chunks_of(events(), include_usage=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == "Hello\n\nBye"
    assert deltas[0]["role"] == "assistant"
    assert [call["function"]["name"] for delta in deltas for call in delta.get("tool_calls", ())] == ["yours"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]][-1] == "tool_calls"
    assert chunks[-1]["usage"]["prompt_tokens_details"] == {"cached_tokens": 2}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_the_chunks_are_those_of_the_openai_package():
    types = pytest.importorskip("openai.types.chat")
    for chunk in chunks_of(events(), include_usage=True):
        types.ChatCompletionChunk.model_validate(chunk)


def test_without_include_usage_no_chunk_tells_it():
    assert not any("usage" in chunk for chunk in chunks_of(events()))


@pytest.mark.parametrize(
    ("reason", "expected"), [("max_output_tokens", "length"), ("content_filter", "content_filter")]
)
def test_why_a_response_is_incomplete_is_told(reason: str, expected: str):
    stream = ResponseStreamBuilder(model="m")
    ended = [*stream.start(), *stream.text("x"), *stream.finish("incomplete", incomplete_details={"reason": reason})]
    assert response_to_chat_completion(ended[-1].response)["choices"][0]["finish_reason"] == expected


def test_a_refusal_is_no_content():
    stream = ResponseStreamBuilder(model="m")
    ended = [*stream.start(), *stream.refusal("no"), *stream.finish()]
    message = response_to_chat_completion(ended[-1].response)["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "no")
    assert chunks_of(ended)[0]["choices"][0]["delta"]["refusal"] == "no"


def test_a_request_becomes_a_responses_request():
    tool = {"name": "f", "parameters": {"type": "object"}}
    request = chat_completion_request_to_responses(
        {
            "model": "m",
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}],
            "max_completion_tokens": 9,
            "temperature": 0.5,
            "tools": [{"type": "function", "function": tool}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
            "reasoning_effort": "low",
            "seed": 7,
        }
    )
    body = request.model_dump(exclude_none=True)
    assert [item["role"] for item in body["input"]] == ["system", "user"]
    assert (body["max_output_tokens"], body["seed"]) == (9, 7)
    assert body["tools"] == [{"type": "function", **tool}]
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["text"] == {"format": {"type": "json_schema", "name": "n", "schema": {}}}
    assert body["reasoning"] == {"effort": "low"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "user"}]}, "content"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, "function"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "n: "),
        ({"messages": [{"role": "user", "content": "x"}], "tools": {}}, "tools"),
        ({"messages": [{"role": "user", "content": "x"}], "tools": [3]}, "tools"),
        ({"messages": [{"role": "user", "content": "x"}], "response_format": "json"}, "response_format"),
        ({"messages": [{"role": "user", "content": "x"}], "temperature": "hot"}, "temperature"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(body: dict[str, Any], told: str):
    with pytest.raises(SchemaError, match=told.replace("[", r"\[")):
        chat_completion_request_to_responses(body)
