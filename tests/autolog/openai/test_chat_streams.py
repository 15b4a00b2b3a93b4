from __future__ import annotations

import json

import pytest
from openai import AsyncStream, Stream

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline

HELLO = [{"role": "user", "content": "hello"}]
WITH_USAGE = {"include_usage": True}
CALLS = [ToolCall("get_weather", {"city": "Paris"}, id="call_1"), ToolCall("get_time", '{"zone": ', id="call_2")]
CALL_MESSAGES = [
    {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": '{"zone": '}},
]


def test_a_stream_is_put_together_to_what_the_call_would_have_returned(server, client, only_span):
    server.script([Reply("It is sunny.", reasoning="Look outside.", usage=Usage(7, 9, 3, 0, 2), model="gpt-5-2026")])
    stream = client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True, stream_options=WITH_USAGE)
    assert type(stream) is Stream
    chunks = list(stream)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [7+9 tokens]"
    assert span.outputs == {
        "messages": [{"role": "assistant", "content": "It is sunny.", "reasoning_content": "Look outside."}]
    }
    assert span.attributes["gen_ai.response.id"] == chunks[0].id
    assert span.attributes["gen_ai.response.model"] == "gpt-5-2026"
    assert span.attributes["gen_ai.response.finish_reasons"] == ["stop"]
    assert span.attributes["gen_ai.usage.cache_read.input_tokens"] == 3
    assert span.attributes["gen_ai.usage.reasoning.output_tokens"] == 2
    assert span.attributes["spanloom.request_id"] == stream.response.headers["x-request-id"]
    assert span.attributes["spanloom.time_to_first_chunk_ms"] > 0
    assert "spanloom.stream.end" not in span.attributes


@pytest.mark.anyio
async def test_an_async_stream_is_put_together_too(server, async_client, only_span):
    server.script([Reply("It is sunny.", usage=Usage(7, 9))])
    stream = await async_client.chat.completions.create(
        model="gpt-5", messages=HELLO, stream=True, stream_options=WITH_USAGE
    )
    assert type(stream) is AsyncStream
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]) == "It is sunny."
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "It is sunny."}]}
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL chat gpt-5 [7+9 tokens]"


@pytest.mark.parametrize("interleave", [False, True])
def test_parallel_tool_calls_are_put_together_by_index(server, client, only_span, interleave):
    server.script([Reply(tool_calls=CALLS, interleave=interleave)])
    list(client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    span = only_span()
    assert span.outputs["messages"][0]["tool_calls"] == CALL_MESSAGES
    assert span.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]


def test_a_streamed_refusal_is_part_of_the_message(server, client, only_span):
    server.script([Reply(refusal="I can't help with that.")])
    list(client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    assert only_span().outputs["messages"][0]["refusal"] == "I can't help with that."


def test_the_usage_is_not_asked_for_behind_the_callers_back(server, client, only_span):
    list(client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    assert "stream_options" not in server.requests[0].body
    assert only_span().token_usage is None


def test_the_stream_helper_is_one_span(server, client, only_span):
    server.script([Reply("It is sunny.", tool_calls=CALLS[:1])])
    with client.chat.completions.stream(model="gpt-5", messages=HELLO) as stream:
        completion = stream.get_final_completion()
    assert completion.choices[0].message.content == "It is sunny."
    span = only_span()
    assert span.inputs == {"messages": HELLO, "model": "gpt-5", "stream": True}
    assert span.outputs == {
        "messages": [{"role": "assistant", "content": "It is sunny.", "tool_calls": CALL_MESSAGES[:1]}]
    }
    assert "spanloom.stream.end" not in span.attributes


@pytest.mark.anyio
async def test_the_async_stream_helper_is_one_span(server, async_client, only_span):
    server.script([Reply("It is sunny.")])
    async with async_client.chat.completions.stream(model="gpt-5", messages=HELLO) as stream:
        await stream.until_done()
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "It is sunny."}]}


def events(*chunks) -> str:
    frames = [{"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "m", **chunk} for chunk in chunks]
    return "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + "data: [DONE]\n\n"


def delta(index=0, finish_reason=None, **fields):
    return {"index": index, "delta": fields, "finish_reason": finish_reason}


def test_choices_are_put_together_each_on_its_own(canned, only_span):
    body = events(
        {"choices": [delta(1, content="ta")]},
        {"choices": [delta(0, content="heads"), delta(1, content="ils")]},
        {"choices": [delta(1, "length"), delta(0, "stop")]},
    )
    list(canned(body).chat.completions.create(model="gpt-5", messages=HELLO, n=2, stream=True))
    span = only_span()
    assert [message["content"] for message in span.outputs["messages"]] == ["heads", "tails"]
    assert span.attributes["gen_ai.response.finish_reasons"] == ["stop", "length"]


def test_tool_calls_without_an_index_are_put_together_by_id(canned, only_span):
    def call(call_id, name, arguments):
        return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}

    fragments = [call("a", "one", "{"), call(None, None, "}"), call("b", "two", "{}")]
    body = events(*({"choices": [delta(tool_calls=[fragment])]} for fragment in fragments))
    list(canned(body).chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    assert only_span().outputs["messages"][0]["tool_calls"] == [call("a", "one", "{}"), call("b", "two", "{}")]


def test_a_first_chunk_without_choices_and_id_does_not_hide_the_answer(canned, only_span):
    body = events({"id": "", "model": "", "choices": []}, {"choices": [delta(content="hi")]})
    list(canned(body).chat.completions.create(model="gpt-5", messages=HELLO, stream=True))
    span = only_span()
    assert span.outputs["messages"][0]["content"] == "hi"
    assert (span.attributes["gen_ai.response.id"], span.attributes["gen_ai.response.model"]) == ("c1", "m")
