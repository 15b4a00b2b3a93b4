"""What LiteLLM does on the way of one call: retries, fallbacks, bridges; and what is a call of its own."""

from __future__ import annotations

import litellm
import pytest
from inline_snapshot import snapshot
from langchain_litellm import ChatLiteLLM

import spanloom
from spanloom.testing import ErrorReply, Reply, Usage, outline
from spanloom.tracing import attributes

HELLO = [{"role": "user", "content": "hello"}]
HI = Reply("Hi.", usage=Usage(7, 3))
BUSY = ErrorReply(500, "busy")


def outlines() -> list[str]:
    return [outline(trace) for trace in spanloom.search_traces()[::-1]]


@pytest.mark.anyio
async def test_retries_are_part_of_the_call(only_span):
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(
            model="openai/gpt-5-mini", messages=HELLO, num_retries=2, mock_response="litellm.RateLimitError"
        )
    assert only_span().name == "chat gpt-5-mini"
    assert [event["name"] for event in only_span().events] == ["exception"]


def test_fallbacks_are_part_of_the_call(at, the_trace, only_span):
    litellm.completion(messages=HELLO, fallbacks=["openai/gpt-4o"], **at(BUSY, HI))
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [7+3 tokens]"
    assert only_span().attributes[attributes.RESPONSE_MODEL] == "gpt-4o"


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
async def test_a_chat_completion_by_way_of_responses_is_one_span(at, provider, stream):
    server = provider(HI, HI)
    bridged = at(server=server, model="openai/responses/gpt-5-mini")
    answer = litellm.completion(messages=HELLO, stream=stream, **bridged)
    awaited = await litellm.acompletion(messages=HELLO, stream=stream, **bridged)
    if stream:
        list(answer)
        assert [chunk async for chunk in awaited]
    assert [request.path for request in server.requests] == ["/v1/responses"] * 2
    assert [line.partition(" [")[0] for line in outlines()] == ["CHAT_MODEL chat gpt-5-mini"] * 2


def test_each_deployment_that_a_router_tries_is_a_call(at, provider):
    arguments = at(server=provider(BUSY, HI))
    router = litellm.Router(
        model_list=[
            {"model_name": "first", "litellm_params": arguments},
            {"model_name": "second", "litellm_params": {**arguments, "model": "openai/gpt-4o"}},
        ],
        fallbacks=[{"first": ["second"]}],
        num_retries=0,
    )
    with spanloom.start_span("mine"):
        router.completion(model="first", messages=HELLO)
    (tree,) = outlines()
    assert tree.replace("InternalServerError: ", "").replace("litellm.", "") == snapshot("""\
UNKNOWN mine
  CHAT_MODEL chat gpt-5-mini (ERROR: OpenAIException - busy)
  CHAT_MODEL chat gpt-4o [7+3 tokens]\
""")


@pytest.mark.anyio
async def test_a_routers_stream_is_one_span(at, the_trace):
    router = litellm.Router(model_list=[{"model_name": "first", "litellm_params": at(HI)}], num_retries=0)
    stream = await router.acompletion(
        model="first", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    assert [chunk async for chunk in stream]
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [7+3 tokens]"


def test_a_custom_provider_that_asks_another_model_makes_a_call_of_its_own(at, monkeypatch, the_trace):
    arguments = at(HI)

    class Delegate(litellm.CustomLLM):
        def completion(self, *_, **__):
            return litellm.completion(messages=HELLO, **arguments)

    monkeypatch.setattr(litellm, "custom_provider_map", [{"provider": "mine", "custom_handler": Delegate()}])
    monkeypatch.setattr(litellm, "_custom_providers", [*litellm._custom_providers])
    monkeypatch.setattr(litellm, "provider_list", [*litellm.provider_list])
    litellm.completion(model="mine/delegate", messages=HELLO)
    assert outline(the_trace()) == snapshot("""\
CHAT_MODEL chat mine/delegate [7+3 tokens]
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    assert the_trace().info.token_usage.total_tokens == 10


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client", [False, True])
def test_a_frameworks_model_span_takes_the_call_in(at, the_trace, stream, client):
    spanloom.autolog("langchain", *(["openai"] if client else []))
    model = ChatLiteLLM(**at(HI))
    if stream:
        list(model.stream("hello", stream_options={"include_usage": True}))
    else:
        model.invoke("hello")
    assert outline(the_trace()) == "CHAT_MODEL ChatLiteLLM [7+3 tokens]"
    [span] = the_trace().data.spans
    assert span.attributes[attributes.TOTAL_COST] > 0
    assert the_trace().info.token_usage.total_tokens == 10


def test_with_the_clients_plugin_a_call_is_one_span_still(at, the_trace, only_span):
    spanloom.autolog("openai")
    litellm.completion(messages=HELLO, **at(HI))
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [7+3 tokens]"
    assert only_span().attributes[attributes.REQUEST_ID]
