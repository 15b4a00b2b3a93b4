"""Model calls: what is recorded of them, and how their streams end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from inline_snapshot import snapshot
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI

import spanloom
from spanloom.testing import Reply, Usage, outline
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing import TokenUsage
from spanloom_autolog.llama_index.messages import chat_message
from spanloom_autolog.llama_index.models import request_attributes
from spanloom_autolog.llama_index.tokens import token_usage

QUESTION = [ChatMessage("hi")]


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def test_a_call(model, the_trace):
    llm = model(Reply("Hello!", usage=Usage(5, 2), model="gpt-4o-mini-2024"), temperature=0.5)
    llm.chat_with_tools([FunctionTool.from_defaults(get_weather)], user_msg="hi")
    (span,) = the_trace().data.spans
    assert (span.span_type, span.name) == ("CHAT_MODEL", "OpenAI")
    assert span.inputs == snapshot(
        {
            "messages": [{"role": "user", "content": "hi"}],
            "model": "gpt-4o-mini",
            "temperature": 0.5,
            "stream_options": {"include_usage": True},
            "tool_choice": "auto",
            "parallel_tool_calls": False,
        }
    )
    assert span.outputs == {"messages": [{"role": "assistant", "content": "Hello!"}]}
    facts = span.attributes
    assert facts["gen_ai.request.model"] == "gpt-4o-mini"
    assert facts["gen_ai.response.model"] == "gpt-4o-mini-2024"
    assert facts["gen_ai.response.finish_reasons"] == ["stop"]
    assert facts["gen_ai.provider.name"] == "127.0.0.1"
    assert facts["gen_ai.tool.definitions"][0]["function"]["name"] == "get_weather"


def test_a_stream_knows_why_it_ended_and_what_it_cost(model, the_trace):
    for _ in model(Reply("one two", usage=Usage(5, 2))).stream_chat(QUESTION):
        assert spanloom.get_current_active_span() is None
    (span,) = the_trace().data.spans
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two"}]}
    assert span.attributes["gen_ai.response.finish_reasons"] == ["stop"]
    assert span.attributes["spanloom.time_to_first_chunk_ms"] > 0
    assert span.token_usage.total_tokens == 7


def test_tokens_that_nobody_counted_are_unknown(model, the_trace):
    list(model(Reply("one two"), additional_kwargs={}).stream_chat(QUESTION))
    assert the_trace().data.spans[0].token_usage is None


@pytest.mark.parametrize("how", ["closed", "dropped", "never iterated"])
def test_a_stream_that_is_left_ends_its_span(model, the_trace, how):
    stream = model(Reply("one two three")).stream_chat(QUESTION)
    if how != "never iterated":
        next(chunk for chunk in stream if chunk.delta)
    if how == "closed":
        stream.close()
    del stream
    collect_garbage()
    (span,) = the_trace().data.spans
    assert span.attributes["spanloom.stream.end"] == ("closed" if how == "closed" else "abandoned")
    assert span.status == ("OK" if how == "closed" else "CANCELLED")
    if how != "never iterated":
        assert span.outputs["messages"][0]["content"] == "one "


def test_a_client_call_between_the_chunks_is_not_part_of_the_stream(model, provider, the_trace):
    from openai import OpenAI as Client

    spanloom.autolog("openai")
    with spanloom.start_span("both"):
        for chunk in model(Reply("one")).stream_chat(QUESTION):
            if chunk.delta:
                client = Client(base_url=provider().base_url, api_key="unused")
                client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
    assert outline(the_trace()) == snapshot("""\
UNKNOWN both
  CHAT_MODEL OpenAI [1+1 tokens]
  CHAT_MODEL chat gpt-4o [1+2 tokens]\
""")


def test_a_model_that_passes_a_call_on_to_its_base_is_one_call(model, provider, the_trace):
    class Mine(OpenAI):
        def chat(self, *args, **kwargs):
            return super().chat(*args, **kwargs)

        def stream_chat(self, *args, **kwargs):
            return super().stream_chat(*args, **kwargs)

    llm = model(server=provider(), of=Mine)
    with spanloom.start_span("calls"):
        llm.chat(QUESTION)
        list(llm.stream_chat(QUESTION))
    assert outline(the_trace()) == snapshot("""\
UNKNOWN calls
  CHAT_MODEL Mine [1+2 tokens]
  CHAT_MODEL Mine [1+2 tokens]\
""")


def test_a_model_of_the_users_own(the_trace):
    class Parrot(CustomLLM):
        @property
        def metadata(self):
            return LLMMetadata(model_name="parrot-1")

        @llm_completion_callback()
        def complete(self, prompt, formatted=False, **kwargs):
            with spanloom.start_span("squawk"):
                return self._answer(prompt)

        @llm_completion_callback()
        def stream_complete(self, prompt, formatted=False, **kwargs):
            yield self._answer(prompt)

        def _answer(self, prompt):
            return CompletionResponse(text=prompt)

    with spanloom.start_span("calls"):
        Parrot().chat(QUESTION)
        Parrot().complete("hi")
        list(Parrot().stream_complete("hi"))
    trace = the_trace()
    assert outline(trace) == snapshot("""\
UNKNOWN calls
  CHAT_MODEL Parrot
    UNKNOWN squawk
  LLM Parrot
    UNKNOWN squawk
  LLM Parrot\
""")
    assert trace.data.spans[1].attributes["gen_ai.request.model"] == "parrot-1"
    assert trace.data.spans[-1].inputs == {"prompt": "hi", "model": "parrot-1"}
    assert trace.data.spans[-1].outputs == {"choices": [{"text": "hi"}]}


def test_messages_in_chat_form():
    call = ToolCallBlock(tool_call_id="c1", tool_name="get_weather", tool_kwargs={"city": "Paris"})
    answer = ChatMessage(role="assistant", blocks=[ThinkingBlock(content="Hm."), TextBlock(text=""), call])
    assert chat_message(answer) == snapshot(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                }
            ],
            "reasoning_content": "Hm.",
        }
    )
    older = ChatMessage(
        role="assistant", content="", additional_kwargs={"tool_calls": chat_message(answer)["tool_calls"]}
    )
    assert chat_message(older)["tool_calls"] == chat_message(answer)["tool_calls"]
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": "c1"})
    assert chat_message(result) == {"role": "tool", "content": "sunny", "tool_call_id": "c1"}
    assert chat_message(ChatMessage(role="model", content="hi"))["role"] == "assistant"
    parts = [TextBlock(text="See:"), ImageBlock(url="https://a.b/c.png"), DocumentBlock(data=b"x", title="notes")]
    assert chat_message(ChatMessage(role="user", blocks=parts))["content"] == snapshot(
        [
            {"type": "text", "text": "See:"},
            {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}},
            {"type": "file", "file": {"filename": "notes", "file_data": b"eA=="}},
        ]
    )


RAW = {
    "chat completions": (
        {"usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 3}}},
        TokenUsage(9, 4, cache_read_input_tokens=3),
    ),
    "responses": (
        SimpleNamespace(
            usage={
                "input_tokens": 9,
                "output_tokens": 4,
                "total_tokens": 13,
                "input_tokens_details": {"cached_tokens": 3},
                "output_tokens_details": {"reasoning_tokens": 2},
            }
        ),
        TokenUsage(9, 4, 13, cache_read_input_tokens=3, reasoning_output_tokens=2),
    ),
    "anthropic": (
        {"usage": SimpleNamespace(input_tokens=4, output_tokens=4, cache_read_input_tokens=3)},
        TokenUsage(7, 4, cache_read_input_tokens=3),
    ),
    "bedrock": (
        {"metadata": {"usage": {"inputTokens": 4, "outputTokens": 4, "cacheWriteInputTokens": 3}}},
        TokenUsage(7, 4, cache_creation_input_tokens=3),
    ),
    "gemini": (
        {
            "usage_metadata": {
                "prompt_token_count": 9,
                "candidates_token_count": 4,
                "thoughts_token_count": 2,
                "total_token_count": 15,
            }
        },
        TokenUsage(9, 6, 15, reasoning_output_tokens=2),
    ),
    "nothing": ({"usage": {"prompt_tokens": 0, "completion_tokens": 0}}, None),
}


@pytest.mark.parametrize(("raw", "expected"), RAW.values(), ids=RAW)
def test_tokens_in_the_shapes_of_the_providers(raw, expected):
    assert token_usage(ChatResponse(message=ChatMessage(), raw=raw)) == expected


def test_tokens_that_only_the_integration_tells():
    counted = {"prompt_tokens": 9, "completion_tokens": 4}
    assert token_usage(ChatResponse(message=ChatMessage(), additional_kwargs=counted)) == TokenUsage(9, 4)


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "look", "description": "Look.", "input_schema": {"type": "object"}},
        {"toolSpec": {"name": "look", "description": "Look.", "inputSchema": {"json": {"type": "object"}}}},
        {"type": "function", "name": "look", "description": "Look.", "parameters": {"type": "object"}},
    ],
    ids=["anthropic", "bedrock", "responses"],
)
def test_tool_definitions_are_in_the_form_of_chat_completions(tool):
    found = request_attributes(OpenAI(api_key="unused"), {"kwargs": {"tools": [tool]}})
    assert found["gen_ai.provider.name"] == "openai"
    assert found["gen_ai.tool.definitions"] == [
        {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}}}
    ]
