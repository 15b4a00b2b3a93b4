"""What the spans say: messages, usage, models, tools, session."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.language_models import FakeListLLM
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import PromptTemplate

from spanloom.testing import Reply, ToolCall, Usage
from spanloom.tracing import attributes
from spanloom_autolog.langchain.messages import chat_message

USAGE = Usage(input_tokens=20, output_tokens=9, cached_tokens=5, reasoning_tokens=3)


def test_a_chat_model_span_tells_the_whole_call(chat_model, get_weather, the_trace):
    model = chat_model(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=USAGE, model="gpt-5-mini-7"),
        seed=7,
    )
    model.bind_tools([get_weather]).invoke([SystemMessage("Be brief."), HumanMessage("Paris?")])
    span = the_trace().search_spans(span_type="CHAT_MODEL")[0]
    assert span.inputs == snapshot(
        {
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Paris?"}],
            "model": "gpt-5-mini",
            "stream": False,
            "seed": 7,
        }
    )
    assert span.outputs == snapshot(
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                        }
                    ],
                }
            ]
        }
    )
    unsteady = (
        attributes.RESPONSE_ID,
        "gen_ai.usage.cache_creation.input_tokens",
    )  # the latter since langchain-openai 1.2
    known = {key: value for key, value in span.attributes.items() if key not in unsteady}
    assert known == snapshot(
        {
            "gen_ai.request.model": "gpt-5-mini",
            "gen_ai.provider.name": "openai",
            "gen_ai.tool.definitions": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "Tell the weather.",
                        "parameters": {
                            "properties": {"city": {"type": "string"}},
                            "required": ["city"],
                            "type": "object",
                        },
                    },
                }
            ],
            "gen_ai.response.model": "gpt-5-mini-7",
            "gen_ai.response.finish_reasons": ["tool_calls"],
            "gen_ai.usage.input_tokens": 20,
            "gen_ai.usage.output_tokens": 9,
            "gen_ai.usage.total_tokens": 29,
            "gen_ai.usage.cache_read.input_tokens": 5,
            "gen_ai.usage.reasoning.output_tokens": 3,
        }
    )


def test_the_conversation_is_readable_on_every_level(chat_model, get_weather, the_trace):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")])
    agent = create_agent(chat_model(call, Reply("Sunny.")), [get_weather], name="weather_agent")
    agent.invoke({"messages": [{"role": "user", "content": "Paris?"}]}, {"configurable": {"thread_id": "t-1"}})
    trace = the_trace()
    assert (trace.info.request_preview, trace.info.response_preview) == ("Paris?", "Sunny.")
    assert trace.info.session_id == "t-1"
    assert trace.data.spans[0].outputs["messages"] == snapshot(
        [
            {"role": "user", "content": "Paris?"},
            {
                "role": "assistant",
                "content": None,
                "name": "weather_agent",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                    }
                ],
            },
            {"role": "tool", "content": "sunny in Paris", "name": "get_weather", "tool_call_id": "call_1"},
            {"role": "assistant", "content": "Sunny.", "name": "weather_agent"},
        ]
    )
    tool = trace.search_spans(span_type="TOOL")[0]
    assert (tool.inputs, tool.outputs) == ({"city": "Paris"}, "sunny in Paris")
    assert tool.attributes == snapshot({"gen_ai.tool.name": "get_weather", "gen_ai.tool.call.id": "call_1"})
    first, second = trace.search_spans(name="model")
    assert first.inputs == {"messages": [{"role": "user", "content": "Paris?"}]}
    assert second.outputs[0]["update"]["messages"][0]["content"] == "Sunny."


def test_metadata_and_tags_of_the_user_are_kept(chat_model, the_trace):
    chat_model(Reply("hi")).invoke("hi", {"metadata": {"tenant": "acme"}, "tags": ["prod"]})
    recorded = the_trace().data.spans[0].attributes
    assert (recorded["langchain.metadata"], recorded["langchain.tags"]) == ({"tenant": "acme"}, ["prod"])


@pytest.mark.parametrize("responses", [False, True])
def test_reasoning_and_refusal_are_fields_of_their_own(chat_model, the_trace, responses):
    model = chat_model(Reply(refusal="I can't.", reasoning="Let me see.", usage=USAGE), use_responses_api=responses)
    model.invoke("hi")
    (message,) = the_trace().data.spans[0].outputs["messages"]
    assert message["refusal"] == "I can't."
    assert message["content"] is None
    assert ("reasoning_content" in message) is responses  # ChatOpenAI drops it on the chat wire


def test_a_completion_model(the_trace):
    (PromptTemplate.from_template("Say {word}") | FakeListLLM(responses=["hello"])).invoke({"word": "hello"})
    span = the_trace().search_spans(span_type="LLM")[0]
    assert span.inputs["prompt"] == "Say hello"
    assert span.outputs == {"choices": [{"text": "hello"}]}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HumanMessage("hi", name="ann"), snapshot({"role": "user", "content": "hi", "name": "ann"})),
        (ChatMessage("hi", role="critic"), snapshot({"role": "critic", "content": "hi"})),
        (
            SystemMessage("hi", additional_kwargs={"__openai_role__": "developer"}),
            snapshot({"role": "developer", "content": "hi"}),
        ),
        (
            ToolMessage("boom", tool_call_id="c1", status="error"),
            snapshot({"role": "tool", "content": "boom", "tool_call_id": "c1", "status": "error"}),
        ),
        (
            AIMessage([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
            snapshot({"role": "assistant", "content": "ab"}),
        ),
        (
            AIMessage(
                "",
                invalid_tool_calls=[
                    {"name": "f", "args": "{oops", "id": "c1", "error": None, "type": "invalid_tool_call"}
                ],
            ),
            snapshot(
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{oops"}}],
                }
            ),
        ),
        (
            AIMessage([{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "yes"}]),
            snapshot({"role": "assistant", "content": "yes", "reasoning_content": "hm"}),
        ),
        (
            AIMessage("yes", additional_kwargs={"reasoning_content": "hm"}),
            snapshot({"role": "assistant", "content": "yes", "reasoning_content": "hm"}),
        ),
        (
            HumanMessage(
                [
                    "look",
                    {"type": "image", "url": "https://example.com/a.png"},
                    {"type": "image", "base64": "QUJD", "mime_type": "image/png"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
                    {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}},
                    {"type": "audio", "base64": "QUJD", "mime_type": "audio/wav"},
                    {"type": "file", "base64": "QUJD", "mime_type": "application/pdf", "filename": "a.pdf"},
                ]
            ),
            snapshot(
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "look"},
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
                        {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}},
                        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
                        {
                            "type": "file",
                            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "a.pdf"},
                        },
                    ],
                }
            ),
        ),
    ],
)
def test_messages_in_the_chat_form(message, expected):
    assert chat_message(message) == expected
