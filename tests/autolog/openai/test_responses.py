from __future__ import annotations

import importlib.util
import json

import pytest
from pydantic import BaseModel

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline

BETA = importlib.util.find_spec("openai.resources.beta.responses") is not None


def test_a_response_is_one_chat_model_span_in_chat_form(server, client, only_span):
    server.script([Reply("Hi there.", reasoning="Greet.", usage=Usage(12, 5, 4, 0, 2), model="gpt-5-2026")])
    response = client.responses.create(model="gpt-5", input="hello", instructions="Be kind.", max_output_tokens=99)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [12+5 tokens]"
    assert span.inputs == {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hello"}],
        "model": "gpt-5",
        "max_output_tokens": 99,
    }
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hi there.", "reasoning_content": "Greet."}]}
    assert span.attributes == {
        "gen_ai.provider.name": "127.0.0.1",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": response.id,
        "gen_ai.response.model": "gpt-5-2026",
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.usage.total_tokens": 17,
        "spanloom.request_id": response._request_id,
    }
    assert spanloom.search_traces()[0].info.request_preview == "hello"
    assert spanloom.search_traces()[0].info.response_preview == "Hi there."


ITEMS = [
    {"role": "developer", "content": "Be brief."},
    {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": "https://example.org/cat.png", "detail": "low"},
            {"type": "input_file", "file_id": "file_1"},
        ],
    },
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Look it up."}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Let me see."}]},
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at": "cat"}'},
    {"type": "custom_tool_call", "call_id": "call_2", "name": "grep", "input": "cat"},
    {"type": "function_call_output", "call_id": "call_1", "output": "a cat"},
    {"type": "custom_tool_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "cat"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No cats."}]},
    {"type": "item_reference", "id": "msg_1"},
]
MESSAGES = [
    {"role": "developer", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://example.org/cat.png", "detail": "low"}},
            {"type": "file", "file": {"file_id": "file_1"}},
        ],
    },
    {
        "role": "assistant",
        "content": "Let me see.",
        "reasoning_content": "Look it up.",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "cat"}'}},
            {"id": "call_2", "type": "custom", "custom": {"name": "grep", "input": "cat"}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
    {"role": "tool", "tool_call_id": "call_2", "content": "cat"},
    {"role": "assistant", "content": None, "refusal": "No cats."},
    {"role": "assistant", "content": [{"type": "item_reference", "id": "msg_1"}]},
]


def test_input_items_become_chat_messages(client, only_span):
    client.responses.create(model="gpt-5", input=ITEMS)
    assert only_span().inputs["messages"] == MESSAGES


def test_output_items_put_back_into_the_input_become_one_message(server, client):
    calls = [ToolCall("look", {"at": "cat"}, id="call_1"), ToolCall("look", '{"at', id="call_2")]
    server.script([Reply("Let me see.", tool_calls=calls), Reply("A cat.")])
    tools = [{"type": "function", "name": "look", "parameters": {}, "strict": True}, {"type": "web_search"}]
    first = client.responses.create(model="gpt-5", input="What is this?", tools=tools)
    client.responses.create(model="gpt-5", input=[{"role": "user", "content": "What is this?"}, *first.output])
    second, first_span = [trace.data.spans[0] for trace in spanloom.search_traces()]
    [message] = first_span.outputs["messages"]
    assert message["content"] == "Let me see."
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ['{"at": "cat"}', '{"at']
    assert second.inputs["messages"] == [{"role": "user", "content": "What is this?"}, message]
    assert first_span.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert first_span.attributes["gen_ai.tool.definitions"] == [
        {"type": "function", "function": {"name": "look", "parameters": {}, "strict": True}},
        {"type": "web_search"},
    ]


def test_an_incomplete_response_is_no_error(server, client, only_span):
    server.script([Reply("It is", finish_reason="length")])
    client.responses.create(model="gpt-5", input="hello")
    assert only_span().status == "OK"
    assert only_span().attributes["gen_ai.response.finish_reasons"] == ["length"]


class City(BaseModel):
    name: str


def test_parse_gives_the_parsed_object_and_a_span(server, client, only_span):
    server.script([Reply('{"name": "Paris"}')])
    assert client.responses.parse(model="gpt-5", input="where?", text_format=City).output_parsed == City(name="Paris")
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": '{"name": "Paris"}'}]}


@pytest.mark.anyio
async def test_async_create_and_parse_are_one_span_each(server, async_client):
    server.script([Reply("Hi."), Reply('{"name": "Paris"}')])
    await async_client.responses.create(model="gpt-5", input="hello")
    response = await async_client.responses.parse(model="gpt-5", input="where?", text_format=City)
    assert response.output_parsed == City(name="Paris")
    contents = [trace.data.spans[0].outputs["messages"][0]["content"] for trace in spanloom.search_traces()]
    assert contents == ['{"name": "Paris"}', "Hi."]


STREAMED = Reply(
    "It is sunny.",
    reasoning="Look outside.",
    tool_calls=[ToolCall("look", {"at": "sky"}, id="call_1")],
    usage=Usage(7, 9),
)
STREAMED_MESSAGE = {
    "role": "assistant",
    "content": "It is sunny.",
    "reasoning_content": "Look outside.",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "sky"}'}}],
}


def test_a_stream_reads_like_the_response_it_ends_with(server, client, only_span):
    server.script([STREAMED])
    list(client.responses.create(model="gpt-5", input="hello", stream=True))
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [7+9 tokens]"
    assert only_span().outputs == {"messages": [STREAMED_MESSAGE]}
    assert only_span().attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]


def test_the_stream_helper_is_one_span(server, client, only_span):
    server.script([STREAMED])
    with client.responses.stream(model="gpt-5", input="hello") as stream:
        response = stream.get_final_response()
    assert only_span().attributes["gen_ai.response.id"] == response.id
    assert only_span().outputs == {"messages": [STREAMED_MESSAGE]}


@pytest.mark.anyio
async def test_the_async_stream_helper_is_one_span(server, async_client, only_span):
    server.script([STREAMED])
    async with async_client.responses.stream(model="gpt-5", input="hello") as stream:
        await stream.get_final_response()
    assert only_span().outputs == {"messages": [STREAMED_MESSAGE]}


def test_a_stream_that_fails_in_band_is_an_error_although_nothing_is_raised(server, client, only_span):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))])
    kinds = [event.type for event in client.responses.create(model="gpt-5", input="hello", stream=True)]
    assert kinds[-2:] == ["error", "response.failed"]
    span = only_span()
    assert (span.status, span.status_message) == ("ERROR", "server_error: overloaded")
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}
    assert "spanloom.stream.end" not in span.attributes


def events(*frames) -> str:
    return "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames)


CREATED = {
    "type": "response.created",
    "response": {"id": "resp_1", "object": "response", "model": "gpt-5", "status": "in_progress", "output": []},
}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look"}


def test_an_error_event_without_a_failed_response_is_an_error(canned, only_span):
    body = events(CREATED, {"type": "error", "code": None, "message": "overloaded"})
    list(canned(body).responses.create(model="gpt-5", input="hello", stream=True))
    span = only_span()
    assert (span.status, span.status_message) == ("ERROR", "overloaded")
    assert span.attributes["gen_ai.response.id"] == "resp_1"


def test_a_stream_without_an_end_keeps_what_came(canned, only_span):
    done = {**CALL, "arguments": '{"at": "sky"}', "status": "completed"}
    body = events(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": {**CALL, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"at": "'},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.output_item.added", "output_index": 1, "item": {**CALL, "call_id": "call_2"}},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"at'},
    )
    list(canned(body).responses.create(model="gpt-5", input="hello", stream=True))
    [message] = only_span().outputs["messages"]
    assert [(call["id"], call["function"]["arguments"]) for call in message["tool_calls"]] == [
        ("call_1", '{"at": "sky"}'),
        ("call_2", '{"at'),
    ]


def test_a_response_that_failed_is_an_error_although_nothing_is_raised(canned, only_span):
    body = {**CREATED["response"], "status": "failed", "error": {"code": "server_error", "message": "overloaded"}}
    canned(json.dumps(body)).responses.create(model="gpt-5", input="hello")
    assert (only_span().status, only_span().status_message) == ("ERROR", "server_error: overloaded")


@pytest.mark.skipif(not BETA, reason="this version of the client has no beta responses")
def test_a_beta_response_is_one_span(server, client, only_span):
    server.script([Reply("Hi.")])
    assert client.beta.responses.create(model="gpt-5", input="hello").output
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi."}]}


@pytest.mark.skipif(not BETA, reason="this version of the client has no beta responses")
@pytest.mark.anyio
async def test_an_async_beta_stream_is_one_span(server, async_client, only_span):
    server.script([STREAMED])
    async for _ in await async_client.beta.responses.create(model="gpt-5", input="hello", stream=True):
        pass
    assert only_span().outputs == {"messages": [STREAMED_MESSAGE]}
