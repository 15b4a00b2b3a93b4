"""Every kind of call of OpenAI's client, recorded and replayed."""

from __future__ import annotations

import contextlib

import pytest

import spanloom
from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall

openai = pytest.importorskip("openai")

MESSAGES = [{"role": "user", "content": "The weather?"}]
SCRIPT = [Reply("Sunny in Paris.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})], reasoning="Let me look.")]


def chat(client):
    return client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES).model_dump()


def chat_stream(client):
    stream = client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES, stream=True)
    return [chunk.model_dump() for chunk in stream]


def responses(client):
    return client.responses.create(model="gpt-5-mini", input="The weather?").model_dump()


def responses_stream(client):
    return [event.model_dump() for event in client.responses.create(model="gpt-5-mini", input="Hi", stream=True)]


def embeddings(client):
    return client.embeddings.create(model="text-embedding-3-small", input=["one", "two"]).model_dump()


async def achat(client):
    return (await client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES)).model_dump()


async def achat_stream(client):
    stream = await client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES, stream=True)
    return [chunk.model_dump() async for chunk in stream]


async def aresponses_stream(client):
    stream = await client.responses.create(model="gpt-5-mini", input="Hi", stream=True)
    return [event.model_dump() async for event in stream]


@contextlib.contextmanager
def recording_client(script, cassette):
    with (
        ProviderServer(script) as server,
        openai.OpenAI(base_url=server.base_url, api_key="unused") as client,
        spanloom.record(cassette),
    ):
        yield client


@pytest.mark.parametrize("ask", [chat, chat_stream, responses, responses_stream, embeddings])
def test_a_call_is_answered_as_it_was(ask, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with recording_client(SCRIPT, cassette) as client:
        recorded = ask(client)
    with spanloom.replay(cassette) as report, openai.OpenAI(api_key="another") as client:
        assert ask(client) == recorded
    assert not report.changed, report


@pytest.mark.anyio
@pytest.mark.parametrize("ask", [achat, achat_stream, aresponses_stream])
async def test_an_asynchronous_call_is_answered_as_it_was(ask, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with ProviderServer(SCRIPT) as server, spanloom.record(cassette):
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="unused") as client:
            recorded = await ask(client)
    with spanloom.replay(cassette) as report:
        async with openai.AsyncOpenAI(api_key="another") as client:
            assert await ask(client) == recorded
    assert not report.changed, report


def test_a_stream_that_was_closed_early_ends_where_it_was_closed(tmp_path):
    cassette = tmp_path / "calls.jsonl"

    def first_words(client, count):
        stream = client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES, stream=True)
        words = []
        for chunk in stream:
            words.append(chunk.choices[0].delta.content or "")
            if len(words) == count:
                break
        stream.close()
        return words

    script = [Reply("one two three four", delay=0.01)]
    with recording_client(script, cassette) as client:
        recorded = first_words(client, 3)
    with spanloom.replay(cassette), openai.OpenAI(api_key="another") as client:
        assert first_words(client, 3) == recorded
    with spanloom.replay(cassette), openai.OpenAI(api_key="another") as client:
        assert first_words(client, 100)[:3] == recorded


def test_a_stream_that_was_left_is_answered(tmp_path):
    cassette = tmp_path / "calls.jsonl"

    def first_word(client):
        for chunk in client.chat.completions.create(model="gpt-5-mini", messages=MESSAGES, stream=True):
            if chunk.choices[0].delta.content:
                return chunk.choices[0].delta.content
        return None

    with recording_client([Reply("one two three")], cassette) as client:
        recorded = first_word(client)
    with spanloom.replay(cassette) as report, openai.OpenAI(api_key="another") as client:
        assert first_word(client) == recorded
    assert not report.changed


def test_failures_and_repetitions_are_replayed(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    script = [ErrorReply(429, "slow down", headers={"retry-after-ms": "1"}), *SCRIPT]
    with recording_client(script, cassette) as client:
        recorded = chat(client)
    with spanloom.replay(cassette) as report, openai.OpenAI(api_key="another") as client:
        assert chat(client) == recorded
    assert [interaction.response["status"] for interaction in report.answered] == [429, 200]


def test_an_error_of_the_provider_is_raised_again(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with ProviderServer([ErrorReply(400, "too long", code="context_length_exceeded")]) as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="unused")
        with spanloom.record(cassette), pytest.raises(openai.BadRequestError):
            chat(client)
    with spanloom.replay(cassette), pytest.raises(openai.BadRequestError, match="too long") as caught:
        chat(client)
    assert caught.value.code == "context_length_exceeded"
    client.close()


def test_a_call_that_is_not_on_the_record_is_refused_at_once_and_named(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        with spanloom.record(cassette):
            chat(client)
        with pytest.raises(openai.NotFoundError, match="not on the record") as caught, spanloom.replay(cassette):
            client.chat.completions.create(model="gpt-5", messages=MESSAGES)
        assert "model: 'gpt-5-mini' became 'gpt-5'" in str(caught.value)
        assert len(server.requests) == 1


def test_an_error_that_the_program_swallows_still_ends_the_block(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        with spanloom.record(cassette):
            chat(client)
        with (
            pytest.raises(spanloom.ReplayError, match="'gpt-5-mini' became 'gpt-5'"),
            spanloom.replay(cassette),
            contextlib.suppress(openai.NotFoundError),
        ):
            client.chat.completions.create(model="gpt-5", messages=MESSAGES)


def test_a_missing_call_can_be_made(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        with spanloom.record(cassette):
            chat(client)
        with spanloom.replay(cassette, on_missing="call") as report:
            chat(client)
            embeddings(client)
        assert [request.path for request in server.requests] == ["/v1/chat/completions", "/v1/embeddings"]
    assert [request.name for request in report.new] == ["POST /v1/embeddings"]


def test_spans_tell_the_same_in_a_replay(tmp_path):
    cassette = tmp_path / "calls.jsonl"
    spanloom.autolog("openai")
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        with spanloom.record(cassette):
            chat_stream(client)
        with spanloom.replay(cassette):
            chat_stream(client)
    spanloom.flush()
    replayed, recorded = (trace.data.spans[0] for trace in spanloom.search_traces())
    assert replayed.outputs == recorded.outputs
    assert replayed.token_usage == recorded.token_usage
