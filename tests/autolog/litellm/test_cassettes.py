from __future__ import annotations

import litellm
import pytest

import spanloom
from spanloom.testing import Reply

MESSAGES = [{"role": "user", "content": "The weather?"}]
NOWHERE = {"model": "openai/gpt-5-mini", "api_key": "other", "max_retries": 0}


def text_of(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def test_a_call_is_answered_from_the_record(at, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with spanloom.record(cassette):
        recorded = litellm.completion(messages=MESSAGES, **at(Reply("Sunny.")))
    with spanloom.replay(cassette) as report:
        replayed = litellm.completion(messages=MESSAGES, **NOWHERE)
    assert replayed.choices[0].message.content == recorded.choices[0].message.content == "Sunny."
    assert len(report.answered) == 1
    assert not report.changed


def test_a_stream_is_answered_from_the_record(at, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with spanloom.record(cassette):
        assert (
            text_of(litellm.completion(messages=MESSAGES, stream=True, **at(Reply("Sunny and warm."))))
            == "Sunny and warm."
        )
    with spanloom.replay(cassette):
        assert text_of(litellm.completion(messages=MESSAGES, stream=True, **NOWHERE)) == "Sunny and warm."


@pytest.mark.anyio
async def test_an_asynchronous_call_over_aiohttp_is_heard_once(at, tmp_path):
    cassette = tmp_path / "calls.jsonl"
    with spanloom.record(cassette):
        await litellm.acompletion(messages=MESSAGES, **at(Reply("Sunny.")))
    with spanloom.replay(cassette) as report:
        replayed = await litellm.acompletion(messages=MESSAGES, **NOWHERE)
    assert replayed.choices[0].message.content == "Sunny."
    assert len(report.answered) == 1
    assert not report.changed
