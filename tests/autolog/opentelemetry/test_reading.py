"""What becomes of names, attributes, events and status."""

from __future__ import annotations

import asyncio
import json

import pytest
from inline_snapshot import snapshot
from opentelemetry.trace import Status, StatusCode

from spanloom.tracing import TokenUsage, attributes


def text(role: str, content: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": content}]}


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("invoke_agent weather", {}, ("AGENT", "weather")),
        ("invoke_agent", {"gen_ai.agent.name": "weather"}, ("AGENT", "weather")),
        ("create_agent weather", {}, ("AGENT", "weather")),
        ("invoke_workflow trip", {}, ("WORKFLOW", "trip")),
        ("execute_tool get_weather", {}, ("TOOL", "get_weather")),
        ("running tool", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get"}, ("TOOL", "get")),
        ("chat gpt-5", {}, ("CHAT_MODEL", "chat gpt-5")),
        ("call_llm", {"gen_ai.operation.name": "generate_content"}, ("CHAT_MODEL", "call_llm")),
        ("text_completion davinci", {}, ("LLM", "text_completion davinci")),
        ("embeddings small", {}, ("EMBEDDING", "embeddings small")),
        ("retrieval docs", {}, ("RETRIEVER", "retrieval docs")),
        ("search_memory", {}, ("MEMORY", "search_memory")),
    ],
)
def test_the_operation_gives_type_and_name(tracer, the_span, name, facts, expected):
    tracer.start_span(name, attributes=facts).end()
    assert (the_span().span_type, the_span().name) == expected


def test_messages_in_attributes(tracer, the_span):
    called = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris"}}
    asked = [
        text("user", "Paris?"),
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, called]},
        {"role": "user", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"degrees": 21}}]},
    ]
    with tracer.start_as_current_span("chat gpt-5") as span:
        span.set_attributes(
            {
                "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
                "gen_ai.input.messages": json.dumps(asked),
                "gen_ai.output.messages": json.dumps([{**text("assistant", "Sunny."), "finish_reason": "stop"}]),
                "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "get_weather", "parameters": {}}]),
                "gen_ai.request.model": "gpt-5",
                "gen_ai.request.temperature": 0.5,
            }
        )
    assert the_span().inputs == snapshot(
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Paris?"},
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
                    "reasoning_content": "hm",
                },
                {"role": "tool", "tool_call_id": "c1", "content": '{"degrees": 21}'},
            ],
            "model": "gpt-5",
            "temperature": 0.5,
        }
    )
    assert the_span().outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    (definition,) = the_span().attributes[attributes.TOOL_DEFINITIONS]
    assert definition == {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    assert "gen_ai.input.messages" not in the_span().attributes


def test_media_are_content_parts(tracer, the_span):
    parts = [
        {"type": "text", "content": "See"},
        {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
        {"type": "blob", "mime_type": "audio/wav", "content": "UklGRg=="},
        {"type": "file", "file_id": "f1"},
        {"type": "hologram", "size": 3},
    ]
    message = json.dumps([{"role": "user", "parts": parts}])
    tracer.start_span("chat gpt-5", attributes={"gen_ai.input.messages": message}).end()
    (asked,) = the_span().inputs["messages"]
    assert asked["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "hologram", "size": 3},
    ]


def test_messages_in_events(tracer, the_span):
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    with tracer.start_as_current_span("chat gpt-5") as span:
        span.add_event("gen_ai.system.message", {"content": "Be brief."})
        span.add_event("gen_ai.user.message", {"content": "Paris?"})
        span.add_event("gen_ai.assistant.message", {"tool_calls": json.dumps([call])})
        span.add_event("gen_ai.tool.message", {"content": "sunny", "id": "c1"})
        answer = {"role": "assistant", "content": "It is sunny."}
        span.add_event("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": json.dumps(answer)})
    assert the_span().inputs["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ]
    assert the_span().outputs == {"messages": [answer]}
    assert the_span().attributes[attributes.FINISH_REASONS] == ["stop"]
    assert the_span().events == []


def test_content_blocks_of_bedrock_in_events(tracer, the_span):
    used = {"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": {"city": "Paris"}}}
    result = {"toolResult": {"toolUseId": "c1", "status": "success", "content": [{"text": "sunny"}]}}
    with tracer.start_as_current_span("chat") as span:
        span.add_event("gen_ai.user.message", {"content": json.dumps([{"text": "Paris?"}])})
        span.add_event("gen_ai.tool.message", {"content": json.dumps([result])})
        span.add_event("gen_ai.choice", {"message": json.dumps([used]), "finish_reason": "tool_use"})
    asked, answered = the_span().inputs["messages"]
    assert asked == {"role": "user", "content": "Paris?"}
    assert (answered["role"], answered["tool_call_id"]) == ("tool", "c1")
    (said,) = the_span().outputs["messages"]
    assert said["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": '{"city": "Paris"}'}


def test_the_event_with_the_details_of_the_operation(tracer, the_span):
    with tracer.start_as_current_span("chat gpt-5") as span:
        details = {"gen_ai.input.messages": json.dumps([text("user", "hi")])}
        span.add_event("gen_ai.client.inference.operation.details", details)
    assert the_span().inputs == {"messages": [{"role": "user", "content": "hi"}]}


def test_a_tool(tracer, the_span):
    facts = {"gen_ai.tool.call.id": "c1", "gen_ai.tool.call.arguments": '{"city": "Paris"}'}
    with tracer.start_as_current_span("execute_tool get_weather", attributes=facts) as span:
        span.set_attribute("gen_ai.tool.call.result", '{"degrees": 21}')
    assert (the_span().inputs, the_span().outputs) == ({"city": "Paris"}, {"degrees": 21})
    assert the_span().attributes[attributes.TOOL_CALL_ID] == "c1"


def test_a_retrieval(tracer, the_span):
    documents = [{"id": "d1", "score": 0.9}]
    facts = {"gen_ai.retrieval.query.text": "cats", "gen_ai.retrieval.documents": json.dumps(documents)}
    tracer.start_span("retrieval docs", attributes=facts).end()
    assert (the_span().inputs, the_span().outputs) == ({"query": "cats"}, documents)


@pytest.mark.parametrize(
    ("facts", "usage"),
    [
        ({"input_tokens": 12, "output_tokens": 5}, TokenUsage(12, 5, 17)),
        ({"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 18}, TokenUsage(12, 5, 18)),
        (
            {
                "input_tokens": 12,
                "output_tokens": 5,
                "cache_read.input_tokens": 4,
                "cache_creation.input_tokens": 3,
                "reasoning.output_tokens": 2,
            },
            TokenUsage(12, 5, 17, 4, 3, 2),
        ),
        ({"input_tokens": 12, "output_tokens": 5, "details.reasoning_tokens": 2}, TokenUsage(12, 5, 17, None, None, 2)),
        ({}, None),
    ],
)
def test_token_usage(tracer, the_span, facts, usage):
    named = {f"gen_ai.usage.{name}": count for name, count in facts.items()}
    tracer.start_span("chat gpt-5", attributes=named).end()
    assert the_span().token_usage == usage


def test_session_user_provider_and_everything_else(tracer, the_trace, the_span):
    facts = {"gen_ai.conversation.id": "s1", "user.id": "ada", "gen_ai.system": "openai", "acme.tier": ("gold", "eu")}
    tracer.start_span("invoke_agent weather", attributes=facts).end()
    assert (the_trace().info.session_id, the_trace().info.user) == ("s1", "ada")
    assert the_span().attributes[attributes.PROVIDER] == "openai"
    assert the_span().attributes["acme.tier"] == ["gold", "eu"]


def test_an_exception_is_kept_once(tracer, the_span):
    def fail() -> None:
        with tracer.start_as_current_span("execute_tool get_weather") as span:
            error = LookupError("no such city")
            span.record_exception(error)
            raise error

    with pytest.raises(LookupError):
        fail()
    (event,) = the_span().events
    assert (the_span().status, the_span().status_message) == ("ERROR", "LookupError: no such city")
    assert event["attributes"]["exception.type"] == "LookupError"
    assert "no such city" in event["attributes"]["exception.stacktrace"]
    assert the_span().start_time_ns <= event["time_unix_nano"] <= the_span().end_time_ns


def test_an_error_without_an_exception(tracer, the_span):
    span = tracer.start_span("chat gpt-5")
    span.set_status(Status(StatusCode.ERROR, "rate limited"))
    span.end()
    assert (the_span().status, the_span().status_message) == ("ERROR", "rate limited")


def test_a_cancelled_span_is_no_error(tracer, the_span):
    span = tracer.start_span("invoke_agent weather")
    span.record_exception(asyncio.CancelledError())
    span.set_status(StatusCode.ERROR)
    span.end()
    assert the_span().status == "CANCELLED"
