from __future__ import annotations

import threading

import openai
import pytest
from openai import OpenAI

from spanloom.testing import ErrorReply, ProviderServer, Reply, ScriptError

CHAT = {"model": "gpt-test", "messages": [{"role": "user", "content": "hi"}]}
RESPONSE = {"model": "gpt-test", "input": "hi"}


@pytest.fixture(params=["chat", "responses"])
def open_stream(request, client: OpenAI):
    """Opens a stream on either wire; it yields the text deltas."""

    def chat():
        stream = client.chat.completions.create(**CHAT, stream=True)
        return stream, (chunk.choices[0].delta.content for chunk in stream if chunk.choices[0].delta.content)

    def responses():
        stream = client.responses.create(**RESPONSE, stream=True)
        return stream, (event.delta for event in stream if event.type == "response.output_text.delta")

    return {"chat": chat, "responses": responses}[request.param]


def test_a_held_stream_goes_on_when_the_gate_opens(server: ProviderServer, open_stream):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate, hold_after=2)])
    _, texts = open_stream()
    assert [next(texts), next(texts)] == ["one ", "two "]
    assert not server.requests[0].finished.is_set()
    gate.set()
    assert list(texts) == ["three"]
    assert server.requests[0].finished.wait(5)
    assert not server.requests[0].closed_early.is_set()


def test_a_stream_can_be_held_before_its_first_delta(server: ProviderServer, open_stream):
    server.script([Reply("one", hold=threading.Event())])
    stream, _ = open_stream()
    stream.close()
    assert server.requests[0].closed_early.wait(5)


def test_a_client_that_closes_a_held_stream_is_seen(server: ProviderServer, open_stream):
    server.script([Reply("one two three", hold=threading.Event(), hold_after=1)])
    stream, texts = open_stream()
    assert next(texts) == "one "
    stream.close()
    assert server.requests[0].closed_early.wait(5)
    assert server.requests[0].finished.wait(5)


def test_a_client_that_closes_a_slow_stream_is_seen(server: ProviderServer, open_stream):
    server.script([Reply("one " * 1000, delay=0.05)])
    stream, texts = open_stream()
    next(texts)
    stream.close()
    assert server.requests[0].closed_early.wait(5)


def test_a_broken_stream_gives_its_deltas_and_then_a_connection_error(server: ProviderServer, open_stream):
    server.script([Reply("one two three", break_after=2)])
    _, texts = open_stream()
    assert [next(texts), next(texts)] == ["one ", "two "]
    # Older clients let the transport's own error through.
    with pytest.raises(Exception, match=r"incomplete chunked read|Connection error"):
        next(texts)
    assert server.requests[0].finished.wait(5)
    assert not server.requests[0].closed_early.is_set()


def test_a_broken_whole_answer_is_a_connection_error(server: ProviderServer, client: OpenAI):
    server.script([Reply("one two", break_after=0)])
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**CHAT)


def test_stopping_the_server_ends_a_held_stream():
    server = ProviderServer([Reply("one two", hold=threading.Event(), hold_after=1)]).start()
    with OpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client:
        stream = client.chat.completions.create(**CHAT, stream=True)
        next(stream)
        server.stop()
        assert server.requests[0].finished.is_set()
        assert not server.requests[0].closed_early.is_set()
        with pytest.raises(Exception, match=r"incomplete chunked read|Connection error"):
            list(stream)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply("one two", break_after=3), "break_after=3 is never reached: the reply is streamed in 2 deltas"),
        (Reply("one two", hold_after=-1), "hold_after=-1 is never reached"),
        (Reply("one", break_with=ErrorReply()), "break_after=<number of deltas>"),
        ("one", "write Reply"),
    ],
)
def test_a_script_that_can_not_happen_is_refused_at_once(reply, message: str):
    with pytest.raises(ScriptError, match=message):
        ProviderServer([reply])
