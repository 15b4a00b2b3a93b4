from __future__ import annotations

import json
import math

import litellm
import pytest
from litellm.caching import Cache

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes

HELLO = [{"role": "user", "content": "hello"}]
WEATHER = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
WEATHER_TOOL = {"type": "function", "function": WEATHER}
MODEL = "gpt-5-mini-2025-08-07"
HI = Reply("Hi there.", usage=Usage(1200, 500, cached_tokens=200, reasoning_tokens=2), model=MODEL)
COST = 1000 * 0.25e-6 + 200 * 0.025e-6 + 500 * 2e-6
"""By LiteLLM's price list."""


def test_a_completion_is_one_chat_model_span(at, only_span):
    completion = litellm.completion(messages=HELLO, temperature=1, num_retries=0, **at(HI))
    span = only_span()
    assert span.name == "chat gpt-5-mini"
    assert span.span_type == "CHAT_MODEL"
    assert span.inputs == {"messages": HELLO, "model": "openai/gpt-5-mini", "temperature": 1}
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
    assert span.attributes.pop(attributes.TOTAL_COST) == pytest.approx(COST)
    assert span.attributes.pop(attributes.REQUEST_ID).startswith("req_")
    assert span.attributes == {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": MODEL,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.usage.cache_read.input_tokens": 200,
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 500,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.usage.total_tokens": 1700,
    }


def test_positional_arguments_are_known_by_name(at, only_span):
    arguments = at(HI)
    litellm.completion(arguments.pop("model"), HELLO, **arguments)
    span = only_span()
    assert span.name == "chat gpt-5-mini"
    assert span.inputs == {"messages": HELLO, "model": "openai/gpt-5-mini"}


def test_tools_are_an_attribute_and_tool_calls_are_kept_verbatim(at, only_span):
    call = ToolCall("get_weather", '{"city": Oslo', id="call_1")
    litellm.completion(messages=HELLO, tools=[WEATHER_TOOL], **at(Reply(tool_calls=[call])))
    span = only_span()
    assert span.attributes[attributes.TOOL_DEFINITIONS] == [WEATHER_TOOL]
    assert span.attributes[attributes.FINISH_REASONS] == ["tool_calls"]
    assert span.inputs == {"messages": HELLO, "model": "openai/gpt-5-mini"}
    function = {"name": "get_weather", "arguments": '{"city": Oslo'}
    [message] = span.outputs["messages"]
    assert message["tool_calls"] == [{"id": "call_1", "type": "function", "function": function}]


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_and_refusal_are_part_of_the_message(at, only_span, stream):
    answer = litellm.completion(messages=HELLO, stream=stream, **at(Reply("42", reasoning="Let me think.")))
    if stream:
        list(answer)
    [message] = only_span().outputs["messages"]
    assert message == {"role": "assistant", "content": "42", "reasoning_content": "Let me think."}


def test_a_refusal_is_part_of_the_message(at, only_span):
    litellm.completion(messages=HELLO, **at(Reply(refusal="I can't.")))
    assert only_span().outputs["messages"][0]["refusal"] == "I can't."


def test_credentials_are_no_inputs(only_span):
    litellm.completion(
        model="bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
        messages=HELLO,
        top_k=3,
        mock_response="Hi.",
        aws_access_key_id="s3cret",
        aws_secret_access_key="s3cret",
        aws_region_name="us-east-1",
        api_key="s3cret",
        extra_headers={"Authorization": "s3cret"},
        metadata={"key": "s3cret"},
    )
    span = only_span()
    assert span.inputs["top_k"] == 3
    assert "s3cret" not in json.dumps([span.inputs, span.outputs, span.attributes])
    assert span.attributes[attributes.PROVIDER] == "aws.bedrock"


def test_a_model_without_a_known_price_has_no_cost(at, only_span):
    litellm.completion(messages=HELLO, **at(Reply("Hi.", usage=Usage(3, 4)), model="openai/my-own"))
    assert attributes.TOTAL_COST not in only_span().attributes
    assert only_span().token_usage.total_tokens == 7


def test_litellms_session_is_the_traces_unless_it_has_one(at, the_trace):
    litellm.completion(messages=HELLO, litellm_session_id="chat-42", **at(HI))
    assert the_trace().info.session_id == "chat-42"


@pytest.mark.parametrize("stream", [False, True])
def test_a_cached_answer_used_no_tokens_and_cost_nothing(at, monkeypatch, stream):
    monkeypatch.setattr(litellm, "cache", Cache(type="local"))
    arguments = {**at(HI), "messages": HELLO, "caching": True, "stream": stream}
    if stream:
        arguments["stream_options"] = {"include_usage": True}
    for _ in range(2):
        answer = litellm.completion(**arguments)
        if stream:
            list(answer)
    cached, asked = (trace.data.spans[0] for trace in spanloom.search_traces())
    assert cached.outputs == asked.outputs
    assert (asked.token_usage.total_tokens, asked.attributes[attributes.TOTAL_COST]) == (1700, pytest.approx(COST))
    assert (cached.token_usage, cached.attributes[attributes.TOTAL_COST]) == (None, 0.0)


def test_a_text_completion_is_an_llm_span(at, only_span):
    litellm.text_completion(prompt="Once upon", max_tokens=7, **at(HI))
    span = only_span()
    assert (span.span_type, span.name) == ("LLM", "text_completion gpt-5-mini")
    assert span.inputs == {"prompt": "Once upon", "model": "openai/gpt-5-mini", "max_tokens": 7}
    assert span.outputs == "Hi there."
    assert span.token_usage.total_tokens == 1700


@pytest.mark.anyio
async def test_embeddings_keep_their_size_only(at, only_span):
    await litellm.aembedding(input=["a", "b"], **at(model="openai/text-embedding-3-small"))
    span = only_span()
    assert (span.span_type, span.name) == ("EMBEDDING", "embeddings text-embedding-3-small")
    assert span.inputs == {"input": ["a", "b"], "model": "openai/text-embedding-3-small"}
    assert span.outputs["count"] == 2
    assert math.isclose(span.attributes[attributes.TOTAL_COST], span.token_usage.input_tokens * 0.02e-6)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["openai/gpt-5-mini", "hosted_vllm/my-own"])
def test_a_response_reads_like_a_chat_completion(at, the_trace, only_span, model, stream):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=Usage(1200, 500))
    tool = {"type": "function", **WEATHER}
    response = litellm.responses(
        "Paris?", instructions="Be brief.", tools=[tool], stream=stream, **at(call, model=model)
    )
    if stream:
        list(response)
    assert outline(the_trace()) == f"CHAT_MODEL chat {model.partition('/')[2]} [1200+500 tokens]"
    span = only_span()
    assert span.inputs["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Paris?"},
    ]
    assert span.attributes[attributes.TOOL_DEFINITIONS] == [WEATHER_TOOL]
    assert span.attributes[attributes.FINISH_REASONS] == ["tool_calls"]
    [said] = span.outputs["messages"][0]["tool_calls"]
    assert json.loads(said["function"]["arguments"]) == {"city": "Paris"}
    cost = span.attributes.get(attributes.TOTAL_COST)
    assert cost == (pytest.approx(1200 * 0.25e-6 + 500 * 2e-6) if model.startswith("openai") else None)


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
async def test_an_async_response_is_one_span(at, the_trace, stream):
    response = await litellm.aresponses(input="hello", stream=stream, **at(HI))
    if stream:
        assert [event async for event in response]
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [1200+500 tokens]"
