"""Every way out of a stream leaves exactly one ended span."""

from __future__ import annotations

import asyncio
import threading

import openai
import pytest

from spanloom.testing import ErrorReply, Reply
from spanloom.testing.garbage import collect_garbage

HELLO = [{"role": "user", "content": "hello"}]


def chat(client):
    return client.chat.completions.create(model="gpt-5", messages=HELLO, stream=True)


def responses(client):
    return client.responses.create(model="gpt-5", input="hello", stream=True)


def chat_helper(client):
    return client.chat.completions.stream(model="gpt-5", messages=HELLO)


def responses_helper(client):
    return client.responses.stream(model="gpt-5", input="hello")


both = pytest.mark.parametrize("start", [chat, responses])
both_helpers = pytest.mark.parametrize("start", [chat_helper, responses_helper])


def end_of(span):
    return span.status, span.attributes.get("spanloom.stream.end")


@both
def test_break_and_close(client, only_span, start):
    stream = start(client)
    for _ in stream:
        break
    stream.close()
    stream.close()
    assert end_of(only_span()) == ("OK", "closed")


@both
def test_leaving_the_with_block(client, only_span, start):
    with start(client) as stream:
        next(stream)
    assert end_of(only_span()) == ("OK", "closed")


@both
def test_an_exception_of_the_consumer_passes_and_the_stream_counts_as_closed(client, only_span, start):
    def consume():
        with start(client) as stream:
            return 1 / len([next(stream)][1:])

    with pytest.raises(ZeroDivisionError):
        consume()
    assert end_of(only_span()) == ("OK", "closed")


@both
def test_closing_an_exhausted_stream_changes_nothing(client, only_span, start):
    stream = start(client)
    list(stream)
    stream.close()
    assert end_of(only_span()) == ("OK", None)


@both_helpers
def test_leaving_the_helpers_with_block(client, only_span, start):
    with start(client) as stream:
        next(iter(stream))
    assert end_of(only_span()) == ("OK", "closed")


@both
def test_closed_without_being_read(client, only_span, start):
    start(client).close()
    span = only_span()
    assert end_of(span) == ("OK", "closed")
    assert span.outputs is None


@both
@pytest.mark.parametrize("read", [0, 1])
def test_abandoned(client, only_span, start, read):
    stream = start(client)
    for _ in range(read):
        next(stream)
    response = stream.response
    del stream
    collect_garbage()
    assert end_of(only_span()) == ("OK", "abandoned")
    response.close()


@both
def test_the_connection_breaks(server, client, only_span, start):
    server.script([Reply("one two three", break_after=2)])
    with pytest.raises(Exception, match=r"Connection error|peer closed") as caught:
        list(start(client))
    span = only_span()
    assert end_of(span) == ("ERROR", None)
    assert span.status_message.startswith(type(caught.value).__name__)
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}


def test_an_error_in_a_chat_stream_is_raised_and_recorded(server, client, only_span):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))])
    with pytest.raises(openai.APIError, match="overloaded"):
        list(chat(client))
    assert end_of(only_span()) == ("ERROR", None)
    assert only_span().status_message == "APIError: overloaded"


@both
@pytest.mark.anyio
async def test_async_break_and_close(async_client, only_span, start):
    stream = await start(async_client)
    async for _ in stream:
        break
    await stream.close()
    assert end_of(only_span()) == ("OK", "closed")


@both
@pytest.mark.anyio
async def test_leaving_the_async_with_block(async_client, only_span, start):
    async with await start(async_client) as stream:
        await anext(stream)
    assert end_of(only_span()) == ("OK", "closed")


@both_helpers
@pytest.mark.anyio
async def test_leaving_the_helpers_async_with_block(async_client, only_span, start):
    async with start(async_client) as stream:
        await anext(aiter(stream))
    assert end_of(only_span()) == ("OK", "closed")


@both
@pytest.mark.anyio
async def test_async_abandoned(async_client, only_span, start):
    stream = await start(async_client)
    response = stream.response
    del stream
    collect_garbage()
    assert end_of(only_span()) == ("OK", "abandoned")
    await response.aclose()


@both
@pytest.mark.anyio
async def test_the_connection_of_an_async_stream_breaks(server, async_client, only_span, start):
    server.script([Reply("one two three", break_after=2)])
    with pytest.raises(Exception, match=r"Connection error|peer closed"):
        async for _ in await start(async_client):
            pass
    assert end_of(only_span()) == ("ERROR", None)


@both
@pytest.mark.anyio
async def test_a_cancelled_consumer(server, async_client, only_span, start):
    gate, reading = threading.Event(), asyncio.Event()
    server.script([Reply("one two three", hold=gate, hold_after=2)])

    async def consume():
        async for event in await start(async_client):
            if "one" in event.model_dump_json():
                reading.set()

    task = asyncio.create_task(consume())
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    span = only_span()
    assert end_of(span) == ("CANCELLED", None)
    assert span.outputs["messages"][0]["content"].startswith("one ")


@both
@pytest.mark.anyio
async def test_a_call_cancelled_before_its_stream_began(server, async_client, only_span, start):
    gate, asked, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def answer(request):
        loop.call_soon_threadsafe(asked.set)
        gate.wait(60)
        return Reply("one")

    server.script(answer)
    task = asyncio.create_task(collect(async_client, start))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    assert only_span().status == "CANCELLED"


async def collect(client, start):
    return [event async for event in await start(client)]
