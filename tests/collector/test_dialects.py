"""Spans in the words of OpenInference, OpenLLMetry, MLflow and earlier GenAI conventions."""

from __future__ import annotations

import json
from typing import Any

import pytest

USER = {"role": "user", "content": "Weather?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": '{"city": "Paris"}'}}


def test_openinference_chat(send, the_span, otlp_span):
    prefix = "llm.output_messages.0.message"
    facts = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-5",
        "llm.provider": "openai",
        "llm.invocation_parameters": '{"model": "gpt-5", "temperature": 0.5}',
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Weather?",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "text",
        "llm.input_messages.1.message.contents.0.message_content.text": "Here?",
        "llm.input_messages.1.message.contents.1.message_content.type": "image",
        "llm.input_messages.1.message.contents.1.message_content.image.image.url": "https://example.org/a.png",
        f"{prefix}.role": "assistant",
        f"{prefix}.tool_calls.0.tool_call.id": "c1",
        f"{prefix}.tool_calls.0.tool_call.function.name": "get",
        f"{prefix}.tool_calls.0.tool_call.function.arguments": '{"city": "Paris"}',
        "llm.tools.0.tool.json_schema": '{"type": "function", "function": {"name": "get"}}',
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 5,
        "llm.token_count.total": 17,
        "llm.token_count.prompt_details.cache_read": 4,
        "llm.cost.total": 0.25,
        "input.value": "{}",
        "output.value": "{}",
    }
    send(otlp_span(1, None, facts, name="ChatCompletion"))
    span = the_span()
    assert (span.span_type, span.name) == ("CHAT_MODEL", "ChatCompletion")
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    assert span.inputs == {
        "messages": [USER, {"role": "user", "content": [{"type": "text", "text": "Here?"}, image]}],
        "model": "gpt-5",
        "temperature": 0.5,
    }
    assert span.outputs == {"messages": [{"role": "assistant", "content": None, "tool_calls": [CALL]}]}
    assert span.token_usage is not None
    assert span.token_usage.to_dict() == {
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "cache_read_input_tokens": 4,
    }
    assert span.cost == 0.25
    assert span.attributes["gen_ai.provider.name"] == "openai"
    assert span.attributes["gen_ai.tool.definitions"] == [{"type": "function", "function": {"name": "get"}}]
    assert not [key for key in span.attributes if key.startswith(("llm.input", "llm.output", "llm.tools", "input."))]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("AGENT", "AGENT"),
        ("CHAIN", "CHAIN"),
        ("TOOL", "TOOL"),
        ("LLM", "LLM"),
        ("EMBEDDING", "EMBEDDING"),
        ("RERANKER", "RERANKER"),
        ("GUARDRAIL", "GUARDRAIL"),
        ("EVALUATOR", "EVALUATOR"),
        ("SOMETHING", "UNKNOWN"),
    ],
)
def test_openinference_kinds(send, the_span, otlp_span, kind, expected):
    send(otlp_span(1, None, {"openinference.span.kind": kind, "input.value": '{"a": 1}', "output.value": "done"}))
    assert (the_span().span_type, the_span().inputs, the_span().outputs) == (expected, {"a": 1}, "done")


def test_openinference_retriever(send, the_span, otlp_span):
    facts = {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "weather",
        "retrieval.documents.0.document.content": "sunny",
        "retrieval.documents.0.document.score": 0.5,
        "retrieval.documents.0.document.metadata": '{"page": 1}',
    }
    send(otlp_span(1, None, facts))
    assert the_span().inputs == {"query": "weather"}
    assert the_span().outputs == [{"page_content": "sunny", "score": 0.5, "metadata": {"page": 1}}]


def test_openllmetry_chat(send, the_span, otlp_span):
    facts = {
        "llm.request.type": "chat",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Weather?",
        "gen_ai.prompt.1.role": "tool",
        "gen_ai.prompt.1.content": "[1, 2]",
        "gen_ai.prompt.1.tool_call_id": "c0",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.finish_reason": "tool_calls",
        "gen_ai.completion.0.tool_calls.0.id": "c1",
        "gen_ai.completion.0.tool_calls.0.name": "get",
        "gen_ai.completion.0.tool_calls.0.arguments": '{"city": "Paris"}',
        "llm.request.functions.0.name": "get",
        "llm.request.functions.0.parameters": '{"type": "object"}',
        "gen_ai.usage.prompt_tokens": 12,
        "gen_ai.usage.completion_tokens": 5,
        "llm.usage.total_tokens": 17,
        "traceloop.association.properties.session_id": "s1",
        "traceloop.association.properties.user_id": "ada",
    }
    send(otlp_span(1, None, facts, name="openai.chat"))
    span = the_span()
    assert (span.span_type, span.name) == ("CHAT_MODEL", "openai.chat")
    assert span.inputs["messages"] == [USER, {"role": "tool", "content": "[1, 2]", "tool_call_id": "c0"}]
    assert (span.inputs["model"], span.inputs["temperature"]) == ("gpt-5", 0.5)
    assert span.outputs == {"messages": [{"role": "assistant", "content": None, "tool_calls": [CALL]}]}
    assert span.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert span.attributes["gen_ai.provider.name"] == "OpenAI"
    assert span.attributes["gen_ai.tool.definitions"] == [
        {"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}
    ]
    assert span.token_usage is not None
    assert span.token_usage[:3] == (12, 5, 17)


def test_openllmetry_labels_the_trace(send, the_trace, otlp_span):
    facts = {"traceloop.association.properties.session_id": "s1", "traceloop.association.properties.user_id": "ada"}
    send(otlp_span(1, None, {"traceloop.span.kind": "workflow", **facts}))
    assert (the_trace().info.session_id, the_trace().info.user) == ("s1", "ada")


@pytest.mark.parametrize(
    ("kind", "expected"), [("workflow", "WORKFLOW"), ("task", "TASK"), ("agent", "AGENT"), ("tool", "TOOL")]
)
def test_openllmetry_entities(send, the_span, otlp_span, kind, expected):
    facts = {
        "traceloop.span.kind": kind,
        "traceloop.entity.name": "plan",
        "traceloop.entity.input": '{"args": [1]}',
        "traceloop.entity.output": '"done"',
    }
    send(otlp_span(1, None, facts, name=f"plan.{kind}"))
    assert (the_span().span_type, the_span().name, the_span().inputs) == (expected, "plan", {"args": [1]})
    assert the_span().outputs == "done"


def test_mlflow(send, the_trace, otlp_span):
    facts = {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.spanInputs": '{"messages": [{"role": "user", "content": "Weather?"}]}',
        "mlflow.spanOutputs": '"Sunny."',
        "mlflow.chat.tokenUsage": '{"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}',
        "mlflow.llm.model": '"gpt-5"',
        "mlflow.traceRequestId": '"tr-1"',
        "mlflow.traceTag.env": "prod",
    }
    send(otlp_span(1, None, facts, name="completions"))
    (span,) = the_trace().data.spans
    assert (span.span_type, span.inputs, span.outputs) == ("CHAT_MODEL", {"messages": [USER]}, "Sunny.")
    assert span.attributes["gen_ai.request.model"] == "gpt-5"
    assert the_trace().info.token_usage is not None
    assert the_trace().info.token_usage.total == 17
    assert the_trace().info.tags == {"env": "prod"}
    assert not [key for key in span.attributes if key.startswith("mlflow.")]


def event(name: str, **facts: Any) -> dict[str, Any]:
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in facts.items()]
    return {"name": name, "timeUnixNano": "1", "attributes": attributes}


def test_messages_in_events(send, the_span, otlp_span):
    events = [
        event("gen_ai.user.message", content="Weather?"),
        event("gen_ai.choice", message=json.dumps({"role": "assistant", "content": "Sunny."}), finish_reason="stop"),
    ]
    send(otlp_span(1, None, {"gen_ai.operation.name": "chat", "gen_ai.system": "openai"}, events=events))
    assert the_span().inputs == {"messages": [USER]}
    assert the_span().outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    assert the_span().attributes["gen_ai.response.finish_reasons"] == ["stop"]
    assert the_span().events == []


def test_prompt_and_completion_in_events(send, the_span, otlp_span):
    events = [
        event("gen_ai.content.prompt", **{"gen_ai.prompt": json.dumps([USER])}),
        event("gen_ai.content.completion", **{"gen_ai.completion": '[{"role": "assistant", "content": "Sunny."}]'}),
    ]
    send(otlp_span(1, None, {"gen_ai.operation.name": "chat"}, events=events))
    assert the_span().inputs == {"messages": [USER]}
    assert the_span().outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}


def test_errors(send, the_trace, otlp_span):
    failed = event("exception", **{"exception.type": "LookupError", "exception.message": "no such city"})
    send(otlp_span(1, None, {"gen_ai.operation.name": "execute_tool"}, events=[failed], status={"code": 2}))
    (span,) = the_trace().data.spans
    assert (span.status, span.status_message) == ("ERROR", "LookupError: no such city")
    assert the_trace().info.state == "ERROR"


def test_a_name_alone_does_not_make_a_model_call(send, the_span, otlp_span):
    send(otlp_span(1, None, {"http.request.method": "GET"}, name="chat room"))
    assert (the_span().span_type, the_span().name) == ("UNKNOWN", "chat room")


def test_content_is_not_kept_where_it_must_not_be(send, the_span, otlp_span):
    import spanloom

    spanloom.configure(capture_content=False)
    facts = {"openinference.span.kind": "TOOL", "input.value": "secret", "output.value": "secret"}
    send(otlp_span(1, None, facts))
    assert "secret" not in str(the_span())


@pytest.mark.parametrize(
    "odd", ["llm.input_messages.x", "llm.input_messages.0", "llm.tools.0", "llm.input_messages.0.message"]
)
def test_odd_paths_cost_nothing_else(send, the_span, otlp_span, monkeypatch, odd):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    send(otlp_span(1, None, {"openinference.span.kind": "LLM", odd: "text", "llm.model_name": "gpt-5"}))
    assert the_span().name == "span 1"
    assert the_span().attributes["gen_ai.request.model"] == "gpt-5"
