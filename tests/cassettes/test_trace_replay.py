"""Answering from a trace: the models on whichever wire they are asked, and the tools."""

from __future__ import annotations

from datetime import date

import orjson
import pytest

import spanloom
from spanloom import ReplayError, SpanType
from spanloom.cassettes.conversation import conversation
from spanloom.testing import ProviderServer, Reply, ToolCall

httpx = pytest.importorskip("httpx2")
openai = pytest.importorskip("openai")

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "The weather in Paris?"}]
SCRIPT = [Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), Reply("Sunny.", finish_reason="length")]


@spanloom.trace(span_type=SpanType.TOOL)
def get_weather(city):
    asked.append(city)
    return {"sky": "sunny"}


asked: list[str] = []


def run(client, question="The weather in Paris?", stream=False):
    messages = [MESSAGES[0], {"role": "user", "content": question}]
    message = complete(client, messages, stream)
    call = message["tool_calls"][0]
    result = get_weather(**orjson.loads(call["function"]["arguments"]))
    messages += [message, {"role": "tool", "tool_call_id": call["id"], "content": orjson.dumps(result).decode()}]
    return complete(client, messages, stream)["content"]


def complete(client, messages, stream):
    if stream:
        with client.chat.completions.stream(model="gpt-5-mini", messages=messages) as events:
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(model="gpt-5-mini", messages=messages)
    return answer.choices[0].message.model_dump(exclude_none=True, include={"role", "content", "tool_calls"})


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    with openai.OpenAI() as client:
        yield client


@pytest.fixture
def trace():
    asked.clear()
    spanloom.autolog("openai")
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        spanloom.trace(run)(client)
    spanloom.flush()
    return spanloom.search_traces()[0]


def test_a_run_is_answered_from_its_trace(client, trace):
    with spanloom.replay(trace) as report:
        assert run(client) == "Sunny."
    assert not report.changed, report
    assert [one.request.name for one in report.answered] == ["model call", "get_weather", "model call"]
    assert asked == ["Paris"]


def test_images_tell_questions_apart(client):
    def describe(client, urls):
        def ask(url):
            parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
            return complete(client, [{"role": "user", "content": parts}], stream=False)["content"]

        return {url: ask(url) for url in urls}

    urls = ["https://example.com/cat.png", "data:image/png;base64,iVBORw0KGgo="]
    spanloom.autolog("openai")
    with (
        ProviderServer([Reply("a cat"), Reply("a dog")]) as server,
        openai.OpenAI(base_url=server.base_url, api_key="unused") as recorded,
    ):
        told = spanloom.trace(describe)(recorded, urls)
    spanloom.flush()
    with spanloom.replay(spanloom.search_traces()[0]) as report:
        assert describe(client, urls[::-1]) == told
    assert not report.changed


def test_an_image_is_the_same_on_every_wire():
    url = "data:image/png;base64,iVBORw0KGgo="
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    parts = (
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "input_image", "image_url": url},
        {"type": "image", "source": source},
    )
    for part in parts:
        assert conversation({"messages": [{"role": "user", "content": [part]}]}) == [["image", url]]


def test_a_tool_is_found_though_its_arguments_hold_a_secret():
    tool = spanloom.trace(lambda token, day: f"{day}", name="find", span_type=SpanType.TOOL)
    tool("hidden", date(2026, 1, 1))
    spanloom.flush()
    with spanloom.replay(spanloom.search_traces()[0]) as report:
        assert tool("another", date(2026, 1, 1)) == "2026-01-01"
    assert not report.changed


def test_a_run_is_answered_by_streams(client, trace):
    with spanloom.replay(trace):
        message = complete(client, MESSAGES, stream=True)
    assert message["tool_calls"][0]["function"]["arguments"] == '{"city": "Paris"}'


def test_another_question_is_told(client, trace):
    with pytest.raises(openai.NotFoundError, match="not on the record"), spanloom.replay(trace) as report:
        run(client, "And in Oslo?")
    assert report.different[0].changes == ["turns[1][1]: 'The weather in Paris?' became 'And in Oslo?'"]


def test_the_answer_comes_on_the_wire_that_is_asked(client, trace):
    with spanloom.replay(trace):
        response = client.responses.create(
            model="gpt-5-mini", instructions="Be brief.", input="The weather in Paris?", stream=False
        )
    assert (response.output[0].name, response.output[0].arguments) == ("get_weather", '{"city": "Paris"}')
    with spanloom.replay(trace):
        events = list(
            client.responses.create(
                model="gpt-5-mini", instructions="Be brief.", input="The weather in Paris?", stream=True
            )
        )
    assert events[-1].response.output[0].name == "get_weather"


def test_the_answer_comes_on_the_wire_of_anthropic(trace):
    url = "https://api.anthropic.com/v1/messages"
    first = {"role": "user", "content": [{"type": "text", "text": "The weather in Paris?"}]}
    body = {"model": "claude", "max_tokens": 100, "system": "Be brief.", "messages": [first]}
    with spanloom.replay(trace), httpx.Client() as client:
        answer = client.post(url, json=body).json()
        call = answer["content"][0]
        result = {"type": "tool_result", "tool_use_id": call["id"], "content": '{"sky":"sunny"}'}
        turns = [first, {"role": "assistant", "content": answer["content"]}, {"role": "user", "content": [result]}]
        last = client.post(url, json={**body, "messages": turns}).json()
    assert (call["name"], call["input"]) == ("get_weather", {"city": "Paris"})
    assert (last["content"][0]["text"], last["stop_reason"]) == ("Sunny.", "max_tokens")
    with spanloom.replay(trace), httpx.Client() as client:
        events = client.post(url, json={**body, "messages": turns, "stream": True})
    assert events.text.startswith("event: message_start\ndata: ")
    assert events.text.endswith('event: message_stop\ndata: {"type":"message_stop"}\n\n')


def test_a_trace_without_content_is_refused():
    spanloom.autolog("openai", capture_content=False)
    with ProviderServer(SCRIPT) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        complete(client, MESSAGES, stream=False)
    spanloom.flush()
    with pytest.raises(ReplayError, match="its content was not captured"), spanloom.replay(spanloom.search_traces()[0]):
        pytest.fail("the block must not run")


def test_a_trace_that_was_cut_is_refused():
    spanloom.configure(max_payload_bytes=1024)
    spanloom.autolog("openai")
    long = [{"role": "user", "content": "word " * 1000}]
    script = [Reply("long " * 1000)]
    with ProviderServer(script) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        complete(client, long, stream=False)
    spanloom.flush()
    with pytest.raises(ReplayError, match="its content was cut"), spanloom.replay(spanloom.search_traces()[0]):
        pytest.fail("the block must not run")


def test_a_trace_without_calls_is_refused():
    with spanloom.start_span("nothing"):
        pass
    spanloom.flush()
    with (
        pytest.raises(ReplayError, match="has no model and no tool call"),
        spanloom.replay(spanloom.search_traces()[0]),
    ):
        pytest.fail("the block must not run")


def test_a_tool_that_failed_fails_again():
    def fail(city):
        raise LookupError(city)

    tool = spanloom.trace(fail, name="find", span_type=SpanType.TOOL)
    with pytest.raises(LookupError):
        tool("Atlantis")
    spanloom.flush()
    with pytest.raises(Exception, match="Atlantis"), spanloom.replay(spanloom.search_traces()[0]):
        tool("Atlantis")
