from __future__ import annotations

import asyncio
import json
import re

import pytest
from openai import AzureOpenAI, InternalServerError, OpenAI

import spanloom
from spanloom.testing import ErrorReply, Reply, Usage, outline
from spanloom.tracing.context import current_span, use_span
from spanloom.tracing.guard import failures
from spanloom.tracing.recorder import open_span
from spanloom.tracing.usage import TokenUsage

HELLO = [{"role": "user", "content": "hello"}]


def ask(client, **options):
    return client.chat.completions.create(model="gpt-5", messages=HELLO, **options)


def test_a_users_span_is_the_parent(client):
    with spanloom.start_span("mine"):
        ask(client)
        list(ask(client, stream=True))
    assert outline(spanloom.search_traces()[0]) == (
        "UNKNOWN mine\n  CHAT_MODEL chat gpt-5 [1+2 tokens]\n  CHAT_MODEL chat gpt-5"
    )


def test_a_stream_never_is_the_consumers_current_span(client):
    with spanloom.start_span("mine") as mine:
        for _ in ask(client, stream=True):
            assert current_span() is mine
            spanloom.start_span_no_context("step", parent_span=current_span()).end()
    [trace] = spanloom.search_traces()
    assert {span.parent_id for span in trace.search_spans(name="step")} == {mine.span_id}


@pytest.mark.anyio
async def test_concurrent_calls_have_spans_of_their_own_under_one_parent(async_client):
    async def one(text):
        stream = await async_client.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": text}], stream=True
        )
        return [chunk async for chunk in stream]

    with spanloom.start_span("mine") as mine:
        await asyncio.gather(one("first"), one("second"))
    [trace] = spanloom.search_traces()
    calls = trace.search_spans(span_type="CHAT_MODEL")
    assert [span.parent_id for span in calls] == [mine.span_id] * 2
    for span in calls:
        text = span.inputs["messages"][0]["content"]
        assert span.outputs["messages"][0]["content"] == f"echo: {text}"


def test_inside_the_model_span_of_a_framework_the_facts_join_that_span(server, client):
    server.script([Reply("Hi.", usage=Usage(12, 5), model="gpt-5-2026")])
    span = open_span("FakeChat", "CHAT_MODEL", None, owner="fake framework")
    with use_span(span):
        span.set_inputs({"theirs": True})
        completion = ask(client)
        span.set_outputs({"theirs": True})
    span.end()
    [trace] = spanloom.search_traces()
    assert outline(trace) == "CHAT_MODEL FakeChat [12+5 tokens]"
    [stored] = trace.data.spans
    assert (stored.inputs, stored.outputs) == ({"theirs": True}, {"theirs": True})
    assert stored.attributes["gen_ai.response.model"] == "gpt-5-2026"
    assert stored.attributes["spanloom.request_id"] == completion._request_id


def test_a_framework_that_counted_the_tokens_itself_is_not_overruled(server, client):
    server.script([Reply("Hi.", usage=Usage(12, 5))])
    span = open_span("FakeChat", "CHAT_MODEL", None, owner="fake framework")
    with use_span(span):
        stream = ask(client, stream=True, stream_options={"include_usage": True})
        span.set_token_usage(TokenUsage(input_tokens=1, output_tokens=1, total_tokens=2))
        list(stream)
    span.end()
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL FakeChat [1+1 tokens]"
    assert spanloom.search_traces()[0].info.token_usage.total == 2


def test_a_second_call_inside_the_same_framework_span_gets_a_span_of_its_own(client):
    span = open_span("FakeChat", "CHAT_MODEL", None, owner="fake framework")
    with use_span(span):
        ask(client)
        client.embeddings.create(model="embed", input="cats")
    span.end()
    assert outline(spanloom.search_traces()[0]) == (
        "CHAT_MODEL FakeChat [1+2 tokens]\n  EMBEDDING embeddings embed [1+0 tokens]"
    )


def test_the_call_that_follows_a_failed_one_joins_the_frameworks_span_as_well(server, client):
    server.script([ErrorReply(500), Reply("Hi.", usage=Usage(12, 5))])
    span = open_span("FakeChat", "CHAT_MODEL", None, owner="fake framework")
    with use_span(span):
        with pytest.raises(InternalServerError):
            ask(client)
        ask(client)  # a retry, or the model to fall back on
    span.end()
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL FakeChat [12+5 tokens]"


def test_a_users_model_span_is_not_taken_over(client):
    with spanloom.start_span("my model", "CHAT_MODEL"):
        ask(client)
    assert outline(spanloom.search_traces()[0]) == "CHAT_MODEL my model\n  CHAT_MODEL chat gpt-5 [1+2 tokens]"


def test_nothing_is_recorded_while_tracing_is_disabled(client):
    with spanloom.tracing_disabled():
        ask(client)
        stream = ask(client, stream=True)
        assert type(stream._iterator).__name__ == "generator"
        list(stream)
    assert spanloom.search_traces() == []


def test_nothing_is_recorded_of_a_trace_that_is_not_sampled(client):
    spanloom.configure(sample_rate=0)
    assert ask(client).choices[0].message.content == "echo: hello"
    assert list(ask(client, stream=True))
    assert spanloom.search_traces() == []


def test_redaction_reaches_inputs_and_outputs(client, only_span):
    spanloom.configure(redact=[re.compile("hello")])
    assert ask(client).choices[0].message.content == "echo: hello"
    span = only_span()
    assert span.inputs["messages"][0]["content"] == "[REDACTED]"
    assert span.outputs["messages"][0]["content"] == "echo: [REDACTED]"


def test_what_cannot_be_read_is_missing_and_nothing_else(canned, only_span, monkeypatch):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    body = {"id": "c1", "model": "m", "choices": 7, "usage": {"prompt_tokens": "many", "completion_tokens": 5}}
    completion = ask(canned(json.dumps(body)))
    assert completion.choices == 7
    span = only_span()
    assert (span.status, span.outputs) == ("OK", None)
    assert span.inputs["messages"] == HELLO
    assert span.token_usage == TokenUsage(output_tokens=5)
    assert set(failures) == {"openai: outputs", "openai: result attributes"}


def test_chunks_that_cannot_be_read_reach_the_consumer_all_the_same(canned, only_span, monkeypatch):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    frames = [{"id": "c1", "model": "m", "choices": 7}, {"id": "c1", "model": "m", "choices": []}]
    body = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + "data: [DONE]\n\n"
    assert len(list(ask(canned(body), stream=True))) == 2
    assert only_span().status == "OK"
    assert failures == {"stream chunk": 1}


def test_an_answer_that_is_not_json_is_passed_on(canned, only_span):
    assert ask(canned('"gateway"')) == "gateway"
    assert only_span().outputs is None


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://me.openai.azure.com/openai/v1", "azure.ai.openai"),
        ("https://notopenai.com/v1", "notopenai.com"),
    ],
)
def test_the_provider_follows_from_the_base_url(base_url, provider, only_span):
    refuse_to_connect("provider", OpenAI(base_url=base_url, api_key="unused", max_retries=0))
    assert only_span().attributes["gen_ai.provider.name"] == provider


def test_an_azure_client_is_azure_behind_any_gateway(only_span):
    client = AzureOpenAI(
        base_url="https://gateway.example/openai", api_key="unused", api_version="2025-01-01", max_retries=0
    )
    refuse_to_connect("azure", client)
    assert only_span().attributes["gen_ai.provider.name"] == "azure.ai.openai"


class NoNetworkError(Exception):
    pass


def refuse_to_connect(reason, client):
    """Ask, but stop the request when the client prepares it: no test leaves this machine."""

    def prepare(options):
        raise NoNetworkError(reason)

    client._prepare_options = prepare
    with client, pytest.raises(NoNetworkError):
        ask(client)
