from __future__ import annotations

import json

import pytest
from openai import NOT_GIVEN, InternalServerError, RateLimitError
from pydantic import BaseModel

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline

HELLO = [{"role": "user", "content": "hello"}]
WEATHER_TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def test_a_chat_completion_is_one_chat_model_span(server, client, only_span):
    server.script([Reply("Hi there.", usage=Usage(12, 5, cached_tokens=4, reasoning_tokens=2), model="gpt-5-2026")])
    completion = client.chat.completions.create(model="gpt-5", messages=HELLO, temperature=0.2)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [12+5 tokens]"
    assert span.inputs == {"messages": HELLO, "model": "gpt-5", "temperature": 0.2}
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
    assert span.attributes == {
        "gen_ai.provider.name": "127.0.0.1",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": "gpt-5-2026",
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.usage.total_tokens": 17,
        "spanloom.request_id": completion._request_id,
    }


@pytest.mark.anyio
async def test_an_async_chat_completion_is_one_chat_model_span(server, async_client, only_span):
    server.script([Reply("Hi there.", usage=Usage(12, 5))])
    completion = await async_client.chat.completions.create(model="gpt-5", messages=HELLO)
    assert completion.choices[0].message.content == "Hi there."
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [12+5 tokens]"


def test_tools_are_an_attribute_and_tool_calls_are_kept_verbatim(server, client, only_span):
    calls = [
        ToolCall("get_weather", {"city": "Paris"}, id="call_1"),
        ToolCall("get_weather", '{"city": Oslo', id="call_2"),
    ]
    server.script([Reply(tool_calls=calls)])
    client.chat.completions.create(model="gpt-5", messages=HELLO, tools=[WEATHER_TOOL], tool_choice="auto")
    span = only_span()
    assert span.attributes["gen_ai.tool.definitions"] == [WEATHER_TOOL]
    assert span.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert span.inputs == {"messages": HELLO, "model": "gpt-5", "tool_choice": "auto"}
    [message] = span.outputs["messages"]
    assert message["content"] is None
    assert [call["id"] for call in message["tool_calls"]] == ["call_1", "call_2"]
    assert message["tool_calls"][1] == {
        "id": "call_2",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": Oslo'},
    }


def test_an_answer_of_the_client_in_the_history_reads_like_any_message(server, client):
    server.script([Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")]), Reply("Sunny.")])
    first = client.chat.completions.create(model="gpt-5", messages=HELLO, tools=[WEATHER_TOOL])
    result = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
    client.chat.completions.create(model="gpt-5", messages=[*HELLO, first.choices[0].message, result])
    second = spanloom.search_traces()[0].data.spans[0]
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
    assert second.inputs["messages"] == [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}, result]


def test_reasoning_and_refusal_are_part_of_the_message(server, client):
    server.script([Reply("42", reasoning="Let me think."), Reply(refusal="I can't.")])
    for _ in range(2):
        client.chat.completions.create(model="gpt-5", messages=HELLO)
    refused, reasoned = [trace.data.spans[0].outputs["messages"] for trace in spanloom.search_traces()]
    assert reasoned == [{"role": "assistant", "content": "42", "reasoning_content": "Let me think."}]
    assert refused == [{"role": "assistant", "content": None, "refusal": "I can't."}]


class City(BaseModel):
    name: str


def test_parse_gives_the_parsed_object_and_a_span(server, client, only_span):
    server.script([Reply('{"name": "Paris"}', usage=Usage(3, 4))])
    completion = client.chat.completions.parse(model="gpt-5", messages=HELLO, response_format=City)
    assert completion.choices[0].message.parsed == City(name="Paris")
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": '{"name": "Paris"}'}]}
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [3+4 tokens]"


@pytest.mark.anyio
async def test_async_parse_gives_the_parsed_object_and_a_span(server, async_client, only_span):
    server.script([Reply('{"name": "Paris"}')])
    completion = await async_client.chat.completions.parse(model="gpt-5", messages=HELLO, response_format=City)
    assert completion.choices[0].message.parsed == City(name="Paris")
    assert only_span().span_type == "CHAT_MODEL"


def test_transport_arguments_and_not_given_sentinels_are_no_inputs(client, only_span):
    client.chat.completions.create(
        model="gpt-5",
        messages=HELLO,
        temperature=NOT_GIVEN,
        extra_headers={"Authorization": "Bearer secret"},
        extra_query={"key": "secret"},
        extra_body={"top_k": 3},
        timeout=30,
    )
    assert only_span().inputs == {"messages": HELLO, "model": "gpt-5", "extra_body": {"top_k": 3}}


def test_a_one_shot_iterator_of_messages_is_left_to_the_client(server, client, only_span):
    client.chat.completions.create(model="gpt-5", messages=iter(HELLO), tools=iter([WEATHER_TOOL]))
    assert server.requests[0].body["messages"] == HELLO
    assert server.requests[0].body["tools"] == [WEATHER_TOOL]
    assert only_span().inputs["messages"] == "<builtins.list_iterator>"


def test_every_choice_is_an_output(canned, only_span):
    choices = [
        {"index": index, "finish_reason": reason, "message": {"role": "assistant", "content": text}}
        for index, (text, reason) in enumerate([("heads", "stop"), ("tails", "length")])
    ]
    body = {"id": "c1", "object": "chat.completion", "created": 0, "model": "gpt-5", "choices": choices}
    canned(json.dumps(body)).chat.completions.create(model="gpt-5", messages=HELLO, n=2)
    span = only_span()
    assert [message["content"] for message in span.outputs["messages"]] == ["heads", "tails"]
    assert span.attributes["gen_ai.response.finish_reasons"] == ["stop", "length"]
    assert span.token_usage is None


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (500, InternalServerError)])
def test_an_http_error_reaches_the_caller_and_the_span(server, client, only_span, status, kind):
    server.script([ErrorReply(status, "try later")])
    with pytest.raises(kind, match="try later") as caught:
        client.chat.completions.create(model="gpt-5", messages=HELLO)
    span = only_span()
    assert (span.status, span.outputs) == ("ERROR", None)
    assert span.status_message == f"{kind.__name__}: {caught.value}"
    assert span.inputs["messages"] == HELLO


@pytest.mark.anyio
async def test_an_http_error_reaches_the_async_caller_and_the_span(server, async_client, only_span):
    server.script([ErrorReply(429, "try later")])
    with pytest.raises(RateLimitError, match="try later"):
        await async_client.chat.completions.create(model="gpt-5", messages=HELLO)
    assert only_span().status == "ERROR"


def test_attempts_of_one_call_are_one_span(server, client, only_span):
    server.script([ErrorReply(500, headers={"Retry-After-Ms": "1"}), Reply("at last")])
    client.with_options(max_retries=1).chat.completions.create(model="gpt-5", messages=HELLO)
    assert len(server.requests) == 2
    assert only_span().outputs["messages"][0]["content"] == "at last"


def test_a_call_with_missing_arguments_fails_as_it_does_without_us(client, only_span):
    with pytest.raises(TypeError, match="Missing required arguments"):
        client.chat.completions.create(model="gpt-5")
    assert only_span().status == "ERROR"


@pytest.mark.anyio
async def test_an_async_call_with_missing_arguments_fails_as_it_does_without_us(async_client, only_span):
    with pytest.raises(TypeError, match="Missing required arguments"):
        await async_client.chat.completions.create(model="gpt-5")
    assert only_span().status == "ERROR"
