"""Model clients: AutoGen's own, and classes that are defined after autologging was switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from autogen_core import InMemoryStore
from autogen_core.models import CreateResult, RequestUsage, UserMessage
from autogen_ext.models.cache import ChatCompletionCache
from autogen_ext.models.replay import ReplayChatCompletionClient

import spanloom
from spanloom.testing import Reply, Usage, outline
from spanloom.tracing import attributes

pytestmark = pytest.mark.anyio

HELLO = [UserMessage(content="hello", source="user")]
USAGE = Usage(12, 5)


def outlines() -> list[str]:
    return [outline(trace) for trace in spanloom.search_traces()[::-1]]


async def test_a_request_tells_model_provider_and_parameters(client, the_span):
    await client(Reply("hi"), temperature=0.5).create(
        HELLO, json_output=True, tool_choice="none", extra_create_args={"max_tokens": 9}
    )
    span = the_span("CHAT_MODEL")
    assert span.inputs == {
        "messages": [{"role": "user", "content": "hello"}],
        "model": "gpt-5-mini",
        "temperature": 0.5,
        "max_tokens": 9,
        "json_output": True,
        "tool_choice": "none",
    }
    assert span.attributes[attributes.REQUEST_MODEL] == "gpt-5-mini"
    assert span.attributes[attributes.PROVIDER] == "openai"


async def test_reasoning_is_told_apart(client, the_span):
    await client(Reply("42", reasoning="Six by seven.")).create(HELLO)
    said = {"role": "assistant", "content": "42", "reasoning_content": "Six by seven."}
    assert the_span("CHAT_MODEL").outputs == {"messages": [said]}


async def test_reasoning_of_a_stream_that_ends_early_is_told_apart(client, the_span):
    stream = client(Reply("one two three", reasoning="hm")).create_stream(HELLO)
    texts = []
    async for chunk in stream:
        texts.append(chunk)
        if chunk.startswith("one"):
            break
    await stream.aclose()
    said = {"role": "assistant", "content": texts[-1], "reasoning_content": "hm"}
    assert the_span("CHAT_MODEL").outputs == {"messages": [said]}


async def test_a_stream_without_usage_has_none(client):
    async for _ in client(Reply("hi", usage=USAGE)).create_stream(HELLO):
        pass
    async for _ in client(Reply("hi", usage=USAGE)).create_stream(HELLO, include_usage=True):
        pass
    assert outlines() == ["CHAT_MODEL chat gpt-5-mini", "CHAT_MODEL chat gpt-5-mini [12+5 tokens]"]


async def test_an_answer_from_a_cache_is_a_call_without_tokens(client):
    cache = ChatCompletionCache(client(Reply("hi", usage=USAGE)), InMemoryStore())
    for _ in range(2):
        await cache.create(HELLO)
    assert outlines() == ["CHAT_MODEL chat gpt-5-mini [12+5 tokens]", "CHAT_MODEL chat gpt-5-mini"]


async def test_a_stream_through_a_cache_is_one_call(client):
    cache = ChatCompletionCache(client(Reply("hi", usage=USAGE)), InMemoryStore())
    for _ in range(2):
        async for _chunk in cache.create_stream(HELLO, extra_create_args={"stream_options": {"include_usage": True}}):
            pass
    assert outlines() == ["CHAT_MODEL chat gpt-5-mini [12+5 tokens]", "CHAT_MODEL chat gpt-5-mini"]


async def test_a_class_that_is_defined_later_is_observed():
    class Chunks(AsyncIterator):
        def __init__(self, *chunks):
            self._chunks = iter(chunks)

        async def __anext__(self):
            for chunk in self._chunks:
                return chunk
            raise StopAsyncIteration

    class Parrot(ReplayChatCompletionClient):
        async def create(self, messages, **options):
            return await super().create(messages, **options)

        def create_stream(self, messages, **options):
            answer = CreateResult(finish_reason="stop", content="hello", usage=RequestUsage(1, 2), cached=False)
            return Chunks("hel", "lo", answer)

    parrot = Parrot(["hello"])
    await parrot.create(HELLO)
    assert outlines() == ["CHAT_MODEL Parrot"]
    assert [str(chunk) async for chunk in parrot.create_stream(HELLO)][:2] == ["hel", "lo"]
    assert outlines()[1:] == ["CHAT_MODEL Parrot [1+2 tokens]"]
    spanloom.autolog("autogen", disable=True)
    assert type(vars(Parrot)["create"]).__name__ == "function"
