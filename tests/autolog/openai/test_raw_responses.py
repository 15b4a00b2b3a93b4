from __future__ import annotations

import pytest
from openai import LengthFinishReasonError
from pydantic import BaseModel

from spanloom.testing import Reply

HELLO = [{"role": "user", "content": "hello"}]


class City(BaseModel):
    name: str


def test_a_raw_response_is_read_and_parses_to_the_same_object(server, client, only_span):
    server.script([Reply("Hi.")])
    raw = client.chat.completions.with_raw_response.create(model="gpt-5", messages=HELLO)
    assert type(raw).__name__ == "LegacyAPIResponse"
    assert raw.parse() is raw.parse()
    span = only_span()
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hi."}]}
    assert span.attributes["spanloom.request_id"] == raw.headers["x-request-id"]


def test_the_stream_of_a_raw_response_is_observed(server, client, only_span):
    server.script([Reply("Hi there.")])
    raw = client.chat.completions.with_raw_response.create(model="gpt-5", messages=HELLO, stream=True)
    assert len(list(raw.parse())) > 2
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}


@pytest.mark.anyio
async def test_the_stream_of_an_async_raw_response_is_observed(server, async_client, only_span):
    server.script([Reply("Hi there.")])
    raw = await async_client.responses.with_raw_response.create(model="gpt-5", input="hello", stream=True)
    async for _ in raw.parse():
        pass
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}


def test_a_raw_response_that_does_not_parse_is_the_callers_affair(server, client, only_span):
    server.script([Reply('{"name', finish_reason="length")])
    raw = client.chat.completions.with_raw_response.parse(model="gpt-5", messages=HELLO, response_format=City)
    with pytest.raises(LengthFinishReasonError):
        raw.parse()
    assert (only_span().status, only_span().outputs) == ("OK", None)


def test_the_body_of_a_streaming_response_is_left_to_the_caller(server, client, only_span):
    server.script([Reply("Hi.")])
    with client.chat.completions.with_streaming_response.create(model="gpt-5", messages=HELLO) as response:
        assert not response.http_response.is_stream_consumed
        assert response.parse().choices[0].message.content == "Hi."
    span = only_span()
    assert (span.status, span.outputs) == ("OK", None)


@pytest.mark.anyio
async def test_the_body_of_an_async_streaming_response_is_left_to_the_caller(server, async_client, only_span):
    server.script([Reply("Hi.")])
    create = async_client.chat.completions.with_streaming_response.create
    async with create(model="gpt-5", messages=HELLO) as response:
        assert not response.http_response.is_stream_consumed
        assert (await response.parse()).choices[0].message.content == "Hi."
    assert only_span().outputs is None
