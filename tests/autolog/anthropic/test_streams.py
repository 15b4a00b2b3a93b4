from __future__ import annotations

import warnings

import pytest
from anthropic import APIStatusError, AsyncStream, Stream
from anthropic.lib.streaming import MessageStream
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing.context import current_span
from spanloom.tracing.usage import TokenUsage

ASK = {"model": "claude-x", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
CALLS = [ToolCall("get_weather", {"city": "Paris"}, id="toolu_1"), ToolCall("now", id="toolu_2")]
EVERYTHING = Reply("It is sunny.", CALLS, "Look outside.", usage=Usage(17, 9, 3, 2, 4), model="claude-x-2026")
SAID = {
    "role": "assistant",
    "content": "It is sunny.",
    "reasoning_content": "Look outside.",
    "tool_calls": [
        {"id": "toolu_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}},
        {"id": "toolu_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
    ],
}
both = pytest.mark.parametrize("api", [lambda client: client.messages, lambda client: client.beta.messages])


def end_of(span):
    return span.status, span.attributes.get("spanloom.stream.end")


def expect_everything(span, response):
    assert outline(spanloom.search_traces()[0]) == snapshot("CHAT_MODEL chat claude-x [17+9 tokens]")
    assert span.outputs == {"messages": [SAID]}
    assert span.token_usage == TokenUsage(17, 9, 26, 3, 2, 4)
    assert span.attributes["gen_ai.response.model"] == "claude-x-2026"
    assert span.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert span.attributes["spanloom.request_id"] == response.headers["request-id"]
    assert span.attributes["spanloom.time_to_first_chunk_ms"] > 0
    assert end_of(span) == ("OK", None)


@both
def test_a_stream_is_put_together_to_what_the_call_would_have_returned(server, client, only_span, api):
    server.script([EVERYTHING])
    stream = api(client).create(**ASK, stream=True)
    assert type(stream) is Stream
    list(stream)
    expect_everything(only_span(), stream.response)


@both
@pytest.mark.anyio
async def test_an_async_stream_is_put_together_too(server, async_client, only_span, api):
    server.script([EVERYTHING])
    stream = await api(async_client).create(**ASK, stream=True)
    assert type(stream) is AsyncStream
    assert [event async for event in stream]
    expect_everything(only_span(), stream.response)


@both
def test_the_stream_helper_is_one_span_that_counts_no_derived_event(server, client, only_span, api):
    server.script([EVERYTHING])
    with api(client).stream(**ASK) as stream:
        kinds = {event.type for event in stream}
        message = stream.get_final_message()
    assert {"text", "thinking", "content_block_delta"} <= kinds
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    expect_everything(only_span(), stream.response)
    assert only_span().inputs == {**ASK}


@both
@pytest.mark.anyio
async def test_the_async_stream_helper_is_one_span(server, async_client, only_span, api):
    server.script([EVERYTHING])
    async with api(async_client).stream(**ASK) as stream:
        assert "".join([text async for text in stream.text_stream]) == "It is sunny."
        await stream.until_done()
    expect_everything(only_span(), stream.response)


def test_the_stream_helpers_span_begins_with_the_request(client):
    manager = client.messages.stream(**ASK)
    with spanloom.start_span("mine") as mine, manager as stream:
        assert type(stream) is MessageStream
        assert current_span() is mine
        assert stream.get_final_text() == "echo: hello"
    assert outline(spanloom.search_traces()[0]) == snapshot("""\
UNKNOWN mine
  CHAT_MODEL chat claude-x [1+2 tokens]\
""")


def test_a_stream_helper_that_is_never_entered_has_no_span(server, client):
    client.messages.stream(**ASK)
    assert (server.requests, spanloom.search_traces()) == ((), [])


@pytest.mark.anyio
async def test_an_async_stream_helper_that_is_never_entered_has_no_span(async_client):
    manager = async_client.messages.stream(**ASK)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del manager
        collect_garbage()
    # The client's own coroutine, which says so without us as well.
    assert [str(warning.message).partition("'")[2] for warning in caught] == ["AsyncAPIClient.post' was never awaited"]
    assert spanloom.search_traces() == []


def test_a_stream_helper_prepared_before_the_undo_is_silent_after_it(client):
    manager = client.messages.stream(**ASK)
    spanloom.autolog("anthropic", disable=True)
    with manager as stream:
        assert stream.get_final_text() == "echo: hello"
    assert spanloom.search_traces() == []


@pytest.mark.anyio
async def test_an_async_stream_helper_prepared_before_the_undo_is_silent_after_it(async_client):
    manager = async_client.messages.stream(**ASK)
    spanloom.autolog("anthropic", disable=True)
    async with manager as stream:
        assert await stream.get_final_text() == "echo: hello"
    assert spanloom.search_traces() == []


def test_leaving_the_helpers_with_block_early(client, only_span):
    with client.messages.stream(**ASK) as stream:
        for event in stream:
            if event.type == "text":
                break
    span = only_span()
    assert end_of(span) == ("OK", "closed")
    assert span.outputs["messages"][0]["content"] == "echo: "
    # How many tokens were generated is known at the end only.
    assert span.token_usage == TokenUsage(1, None, None, 0, 0)


@pytest.mark.anyio
async def test_leaving_the_helpers_async_with_block_early(async_client, only_span):
    async with async_client.messages.stream(**ASK) as stream:
        await anext(aiter(stream.text_stream))
    assert end_of(only_span()) == ("OK", "closed")


def test_break_and_close(client, only_span):
    stream = client.messages.create(**ASK, stream=True)
    next(iter(stream))
    stream.close()
    stream.close()
    assert end_of(only_span()) == ("OK", "closed")


@pytest.mark.parametrize("read", [0, 1])
def test_abandoned(client, only_span, read):
    stream = client.messages.create(**ASK, stream=True)
    for _ in range(read):
        next(stream)
    response = stream.response
    del stream
    collect_garbage()
    assert end_of(only_span()) == ("OK", "abandoned")
    response.close()


def test_an_error_in_the_stream_is_raised_and_recorded(server, client, only_span):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(529, "overloaded"))])
    with pytest.raises(APIStatusError, match="overloaded") as caught, client.messages.stream(**ASK) as stream:
        stream.until_done()
    span = only_span()
    assert end_of(span) == ("ERROR", None)
    assert span.status_message.startswith(type(caught.value).__name__)
    assert span.outputs["messages"][0]["content"] == "one two "


def test_a_request_that_fails_when_the_helper_is_entered(server, client, only_span):
    server.script([ErrorReply(429, "try later")])
    with pytest.raises(APIStatusError, match="try later"), client.messages.stream(**ASK):
        pass
    assert only_span().status == "ERROR"


@pytest.mark.parametrize("interleave", [False, True])
def test_broken_tool_arguments_are_kept_verbatim_and_told_apart_by_index(server, client, only_span, interleave):
    calls = [ToolCall("now", '{"zone": "U', id="toolu_1"), ToolCall("get_weather", {"city": "Oslo"}, id="toolu_2")]
    server.script([Reply(tool_calls=calls, interleave=interleave)])
    list(client.messages.create(**ASK, stream=True))
    told = [call["function"]["arguments"] for call in only_span().outputs["messages"][0]["tool_calls"]]
    assert told == ['{"zone": "U', '{"city": "Oslo"}']


def test_the_stream_of_a_raw_response_is_observed(server, client, only_span):
    server.script([Reply("Hi there.")])
    raw = client.messages.with_raw_response.create(**ASK, stream=True)
    assert len(list(raw.parse())) > 2
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}


@pytest.mark.anyio
async def test_the_stream_of_an_async_raw_response_is_observed(server, async_client, only_span):
    server.script([Reply("Hi there.")])
    raw = await async_client.messages.with_raw_response.create(**ASK, stream=True)
    assert [event async for event in await raw.parse()]
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
