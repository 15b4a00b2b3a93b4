from __future__ import annotations

import pytest
from anthropic import NOT_GIVEN, Anthropic, AnthropicBedrock, AnthropicVertex, InternalServerError, RateLimitError
from anthropic.types import Message
from inline_snapshot import snapshot
from pydantic import BaseModel

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline

HELLO = [{"role": "user", "content": "hello"}]
ASK = {"model": "claude-x", "max_tokens": 100, "messages": HELLO}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"name": "get_weather", "description": "Tell the weather.", "input_schema": SCHEMA}
both = pytest.mark.parametrize("api", [lambda client: client.messages, lambda client: client.beta.messages])


@both
def test_a_message_is_one_chat_model_span(server, client, only_span, api):
    usage = Usage(100, 20, cached_tokens=60, cache_write_tokens=30, reasoning_tokens=5)
    server.script([Reply("Hi there.", usage=usage, model="claude-x-2026")])
    message = api(client).create(**ASK, system="Be brief.", metadata=NOT_GIVEN)
    span = only_span()
    assert outline(spanloom.search_traces()[0]) == snapshot("CHAT_MODEL chat claude-x [100+20 tokens]")
    assert span.inputs == {
        "messages": [{"role": "system", "content": "Be brief."}, *HELLO],
        "model": "claude-x",
        "max_tokens": 100,
    }
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
    assert span.attributes == {
        "gen_ai.provider.name": "127.0.0.1",
        "gen_ai.request.model": "claude-x",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": message.id,
        "gen_ai.response.model": "claude-x-2026",
        "gen_ai.usage.cache_creation.input_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.usage.total_tokens": 120,
        "spanloom.request_id": message._request_id,
    }


@both
@pytest.mark.anyio
async def test_an_async_message_is_one_chat_model_span(server, async_client, only_span, api):
    server.script([Reply("Hi there.", usage=Usage(12, 5))])
    assert type(await api(async_client).create(**ASK)).__name__ in ("Message", "BetaMessage")
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi there."}]}
    assert outline(spanloom.search_traces()[0]) == snapshot("CHAT_MODEL chat claude-x [12+5 tokens]")


def test_tools_and_a_conversation_with_their_results_read_like_a_chat_completion(server, client):
    calls = [ToolCall("get_weather", {"city": "Paris"}, id="toolu_1"), ToolCall("now", id="toolu_2")]
    server.script([Reply("Let me look.", calls, "Which city?"), Reply("Sunny.")])
    search = {"type": "web_search_20250305", "name": "web_search"}
    first = client.messages.create(**ASK, tools=[WEATHER, search])
    results = [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "sunny"}]},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no clock", "is_error": True},
        {"type": "text", "text": "Well?"},
    ]
    # The blocks of an answer go back as they came.
    history = [*HELLO, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    client.messages.create(**{**ASK, "messages": history})
    asked, called = (trace.data.spans[0] for trace in spanloom.search_traces())
    said = {
        "role": "assistant",
        "content": "Let me look.",
        "reasoning_content": "Which city?",
        "tool_calls": [
            {
                "id": "toolu_1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
            },
            {"id": "toolu_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
        ],
    }
    assert called.outputs == {"messages": [said]}
    assert called.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    function = {"name": "get_weather", "description": "Tell the weather.", "parameters": SCHEMA}
    assert called.attributes["gen_ai.tool.definitions"] == [{"type": "function", "function": function}, search]
    assert "tools" not in called.inputs
    assert asked.inputs["messages"] == [
        *HELLO,
        said,
        {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "toolu_2", "content": "no clock", "is_error": True},
        {"role": "user", "content": "Well?"},
    ]


def test_images_documents_and_cached_texts_are_content_parts(client, only_span):
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "UERG"}
    cached = {"cache_control": {"type": "ephemeral"}}
    found = {"type": "search_result", "source": "here", "title": "t", "content": [{"type": "text", "text": "x"}]}
    blocks = [
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
        {"type": "document", "source": pdf, "title": "report.pdf"},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "text", "text": "Compare.", **cached},
        found,
    ]
    system = [{"type": "text", "text": "Be brief.", **cached}]
    client.messages.create(**{**ASK, "messages": [{"role": "user", "content": blocks}]}, system=system)
    assert only_span().inputs["messages"] == [
        {"role": "system", "content": system},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                {
                    "type": "file",
                    "file": {"filename": "report.pdf", "file_data": "data:application/pdf;base64,UERG"},
                },
                {"type": "file", "file": {"file_id": "file_1"}},
                {"type": "text", "text": "Compare.", **cached},
                found,
            ],
        },
    ]


def test_blocks_that_only_anthropic_has_are_kept_and_opaque_ones_left_out(client, only_span):
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "weather"}}
    said = [
        {"type": "redacted_thinking", "data": "c2VjcmV0"},
        {"type": "thinking", "thinking": "I should search.", "signature": "c2lnbmVk"},
        search,
        {"type": "text", "text": "Sunny."},
    ]
    client.messages.create(**{**ASK, "messages": [*HELLO, {"role": "assistant", "content": said}, *HELLO]})
    assert only_span().inputs["messages"][1] == {
        "role": "assistant",
        "content": [search, {"type": "text", "text": "Sunny."}],
        "reasoning_content": "I should search.",
    }


def test_a_refusal_is_no_answer(server, client, only_span):
    server.script([Reply(refusal="I can't help with that.")])
    client.messages.create(**ASK)
    span = only_span()
    assert span.outputs["messages"] == [
        {"role": "assistant", "content": None, "refusal": "I can't help with that."},
    ]
    assert span.attributes["gen_ai.response.finish_reasons"] == ["content_filter"]


def test_one_shot_iterators_are_left_to_the_client(server, client, only_span):
    client.messages.create(**{**ASK, "messages": iter(HELLO)}, tools=iter([WEATHER]))
    assert server.requests[0].body["messages"] == HELLO
    assert server.requests[0].body["tools"] == [WEATHER]
    assert only_span().inputs["messages"] == ["<builtins.list_iterator>"]


class City(BaseModel):
    name: str


@both
def test_parse_gives_the_parsed_object_and_a_span(server, client, only_span, api):
    server.script([Reply('{"name": "Paris"}', usage=Usage(3, 4))])
    assert api(client).parse(**ASK, output_format=City).parsed_output == City(name="Paris")
    span = only_span()
    assert span.outputs == {"messages": [{"role": "assistant", "content": '{"name": "Paris"}'}]}
    assert span.inputs["output_format"].endswith("City")


@pytest.mark.anyio
async def test_async_parse_gives_the_parsed_object_and_a_span(server, async_client, only_span):
    server.script([Reply('{"name": "Paris"}')])
    message = await async_client.messages.parse(**ASK, output_format=City)
    assert message.parsed_output == City(name="Paris")
    assert only_span().span_type == "CHAT_MODEL"


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (500, InternalServerError)])
def test_an_http_error_reaches_the_caller_and_the_span(server, client, only_span, status, kind):
    server.script([ErrorReply(status, "try later")])
    with pytest.raises(kind, match="try later") as caught:
        client.messages.create(**ASK)
    span = only_span()
    assert (span.status, span.outputs) == ("ERROR", None)
    assert span.status_message == f"{kind.__name__}: {caught.value}"


def test_a_raw_response_is_read_and_parses_to_the_same_object(server, client, only_span):
    server.script([Reply("Hi.")])
    raw = client.messages.with_raw_response.create(**ASK)
    assert isinstance(raw.parse(), Message)
    assert raw.parse() is raw.parse()
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi."}]}
    assert only_span().attributes["spanloom.request_id"] == raw.headers["request-id"]


@pytest.mark.anyio
async def test_an_async_raw_response_is_read_though_its_parse_is_a_coroutine(server, async_client, only_span):
    server.script([Reply("Hi.")])
    raw = await async_client.messages.with_raw_response.create(**ASK)
    assert await raw.parse() is await raw.parse()
    assert only_span().outputs == {"messages": [{"role": "assistant", "content": "Hi."}]}


def test_the_body_of_a_streaming_response_is_left_to_the_caller(server, client, only_span):
    server.script([Reply("Hi.")])
    with client.messages.with_streaming_response.create(**ASK) as response:
        assert not response.http_response.is_stream_consumed
        assert response.parse().content[0].text == "Hi."
    assert (only_span().status, only_span().outputs) == ("OK", None)


class NoNetworkError(Exception):
    pass


@pytest.mark.parametrize(
    ("kind", "options", "provider"),
    [
        (Anthropic, {"api_key": "unused"}, "anthropic"),
        (Anthropic, {"api_key": "unused", "base_url": "https://notanthropic.com"}, "notanthropic.com"),
        (AnthropicBedrock, {"aws_region": "eu-west-1"}, "aws.bedrock"),
        (AnthropicVertex, {"region": "europe-west1", "project_id": "p"}, "gcp.vertex_ai"),
    ],
)
def test_the_provider_follows_from_the_client(kind, options, provider, only_span):
    with kind(**options, max_retries=0) as client:
        client._prepare_options = refuse_to_connect
        with pytest.raises(NoNetworkError):
            client.messages.create(**ASK)
    assert only_span().attributes["gen_ai.provider.name"] == provider


def refuse_to_connect(options):
    """Stop the request when the client prepares it: no test leaves this machine."""
    raise NoNetworkError
