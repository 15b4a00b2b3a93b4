from __future__ import annotations

import anthropic
import pytest

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall

REQUEST = {"model": "claude", "max_tokens": 100, "messages": [{"role": "user", "content": "The weather?"}]}
SCRIPT = [Reply("Let me look.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})], reasoning="Weather.")]


def message(client):
    return client.messages.create(**REQUEST).model_dump()


def events(client):
    return [event.model_dump() for event in client.messages.create(**REQUEST, stream=True)]


def final_message(client):
    with client.messages.stream(**REQUEST) as stream:
        return stream.get_final_message().model_dump()


@pytest.mark.parametrize("ask", [message, events, final_message])
def test_a_call_is_answered_as_it_was(ask, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with (
        ProviderServer(SCRIPT) as server,
        anthropic.Anthropic(base_url=server.root_url, api_key="unused") as client,
        spanloom.record(cassette),
    ):
        recorded = ask(client)
    with spanloom.replay(cassette) as report, anthropic.Anthropic(api_key="other") as client:
        assert ask(client) == recorded
    assert not report.changed


@pytest.mark.anyio
async def test_an_asynchronous_stream_is_answered_as_it_was(tmp_path):
    cassette = tmp_path / "calls.jsonl"

    async def ask(client):
        return [event.model_dump() async for event in await client.messages.create(**REQUEST, stream=True)]

    with ProviderServer(SCRIPT) as server:
        async with anthropic.AsyncAnthropic(base_url=server.root_url, api_key="unused") as client:
            with spanloom.record(cassette):
                recorded = await ask(client)
    with spanloom.replay(cassette):
        async with anthropic.AsyncAnthropic(api_key="other") as client:
            assert await ask(client) == recorded
