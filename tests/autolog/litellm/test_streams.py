from __future__ import annotations

import threading

import litellm
import pytest

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing import attributes

HELLO = [{"role": "user", "content": "hello"}]
USAGE = {"include_usage": True}
HI = Reply("one two three", usage=Usage(1200, 500, cached_tokens=200), model="gpt-5-mini-2025-08-07")
COST = 1000 * 0.25e-6 + 200 * 0.025e-6 + 500 * 2e-6


def test_a_stream_tells_the_same_as_a_completion(at, the_trace, only_span):
    for _ in litellm.completion(messages=HELLO, stream=True, stream_options=USAGE, **at(HI)):
        pass
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [1200+500 tokens]"
    span = only_span()
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two three"}]}
    assert span.attributes[attributes.PROVIDER] == "openai"
    assert span.attributes[attributes.FINISH_REASONS] == ["stop"]
    assert span.attributes[attributes.TOTAL_COST] == pytest.approx(COST)


def test_a_usage_that_nobody_told_is_not_made_up(at, only_span):
    list(litellm.completion(messages=HELLO, stream=True, **at(HI)))
    assert only_span().token_usage is None
    assert attributes.TOTAL_COST not in only_span().attributes


def test_the_model_that_was_asked_for_is_not_taken_for_the_one_that_answered(at, only_span):
    list(litellm.completion(messages=HELLO, stream=True, **at(HI)))
    assert only_span().attributes.get(attributes.RESPONSE_MODEL) in (None, "gpt-5-mini-2025-08-07")


def test_streamed_tool_calls_are_put_together(at, only_span):
    calls = [ToolCall("get_weather", {"city": city}, id=f"call_{city}") for city in ("Paris", "Oslo")]
    list(litellm.completion(messages=HELLO, stream=True, **at(Reply(tool_calls=calls))))
    [message] = only_span().outputs["messages"]
    assert [(call["id"], call["function"]["arguments"]) for call in message["tool_calls"]] == [
        ("call_Paris", '{"city": "Paris"}'),
        ("call_Oslo", '{"city": "Oslo"}'),
    ]


def test_a_stream_keeps_the_parent_of_its_call(at, the_trace):
    with spanloom.start_span("mine"):
        stream = litellm.completion(messages=HELLO, stream=True, stream_options=USAGE, **at(HI))
    with spanloom.tracing_disabled():
        list(stream)
    assert outline(the_trace()) == "UNKNOWN mine\n  CHAT_MODEL chat gpt-5-mini [1200+500 tokens]"


def test_the_program_gets_litellms_own_kind_of_stream(at, only_span):
    stream = litellm.completion(messages=HELLO, stream=True, **at(HI))
    assert isinstance(stream, litellm.CustomStreamWrapper)
    stream._hidden_params = {"mine": 1}
    stream.note = "mine"
    assert (stream._hidden_params, stream.note) == ({"mine": 1}, "mine")
    whole = litellm.stream_chunk_builder(list(stream), messages=HELLO)
    assert whole.choices[0].message.content == "one two three"
    assert only_span().status == "OK"


@pytest.mark.anyio
async def test_a_synchronous_stream_may_be_iterated_asynchronously(at, only_span):
    stream = litellm.completion(messages=HELLO, stream=True, **at(HI))
    text = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(text) == "one two three"
    assert only_span().outputs["messages"][0]["content"] == "one two three"


def test_a_stream_that_is_dropped_keeps_what_came(at, only_span):
    gate = threading.Event()
    for chunk in litellm.completion(messages=HELLO, stream=True, **at(Reply("one two", hold=gate, hold_after=2))):
        if chunk.choices[0].delta.content:
            break
    collect_garbage()
    gate.set()
    span = only_span()
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one "}]}
    assert (span.status, span.attributes[attributes.STREAM_END]) == ("OK", "abandoned")


@pytest.mark.anyio
async def test_aclose_ends_the_span(at, only_span):
    gate = threading.Event()
    stream = await litellm.acompletion(messages=HELLO, stream=True, **at(Reply("one two", hold=gate, hold_after=2)))
    await anext(stream)
    await stream.aclose()
    gate.set()
    assert (only_span().status, only_span().attributes[attributes.STREAM_END]) == ("OK", "closed")


def test_a_streamed_text_completion_is_put_together(at, only_span):
    list(litellm.text_completion(prompt="Once", stream=True, **at(HI)))
    assert (only_span().span_type, only_span().outputs) == ("LLM", "one two three")
