from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, mcp_attributes
from opentelemetry.semconv.attributes import error_attributes

import spanloom
from spanloom import Span, SpanStatus, SpanType, TokenUsage
from spanloom.otlp.messages import input_messages, output_messages
from spanloom.otlp.semantic_conventions import OPERATIONS, attribute_value, semantic_attributes
from spanloom.tracing import attributes

CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Where is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Ask the map.",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "map", "arguments": '{"x": 1}'}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "Paris"},
]
TOOLS = [{"type": "function", "function": {"name": "map", "parameters": {"type": "object"}}}]


def chat(span: Span) -> None:
    parameters = {"temperature": 0.5, "max_completion_tokens": 10, "stop": "END", "seed": None}
    span.set_inputs({"messages": CONVERSATION, "model": "gpt-5", **parameters})
    span.set_outputs({"messages": [{"role": "assistant", "content": "Paris."}]})
    span.set_token_usage(TokenUsage(12, 5, cache_read_input_tokens=4, reasoning_output_tokens=2))
    span.set_attributes(
        {
            attributes.PROVIDER: "openai",
            attributes.REQUEST_MODEL: "gpt-5",
            attributes.RESPONSE_MODEL: "gpt-5-2026",
            attributes.RESPONSE_ID: "r1",
            attributes.FINISH_REASONS: ["stop"],
            attributes.TOOL_DEFINITIONS: TOOLS,
            attributes.TIME_TO_FIRST_CHUNK_MS: 250,
        }
    )


def tool(span: Span) -> None:
    span.set_inputs({"x": 1})
    span.set_outputs("Paris")
    span.set_attribute(attributes.TOOL_CALL_ID, "c1")
    span.set_attribute(attributes.MCP_METHOD, "tools/call")


def retriever(span: Span) -> None:
    span.set_inputs({"query": "Paris"})


def failing(span: Span) -> None:
    span.record_exception(LookupError("no such city"))


def nothing(span: Span) -> None:
    pass


def mapped(span_type: str, fill: Callable[[Span], None], name: str = "work") -> dict[str, Any]:
    with spanloom.tracing_context(session_id="chat-42", user="ada", tags={"env": "prod"}):
        span = spanloom.start_span_no_context(name, span_type=span_type)
        fill(span)
        span.end()
    return dict(semantic_attributes(span, span.active_trace))


@pytest.mark.parametrize("span_type", [*OPERATIONS, SpanType.CHAIN, "my own type"])
@pytest.mark.parametrize("fill", [chat, tool, retriever, failing, nothing])
def test_every_name_is_one_of_the_conventions(span_type: str, fill: Callable[[Span], None]) -> None:
    modules = (gen_ai_attributes, mcp_attributes, error_attributes)
    released = {value for module in modules for value in vars(module).values() if isinstance(value, str)}
    found = {name for name in mapped(span_type, fill) if name.startswith(("gen_ai.", "mcp.", "error."))}
    assert found - released == set()


def test_operations_are_those_of_the_conventions() -> None:
    assert set(OPERATIONS.values()) <= {each.value for each in gen_ai_attributes.GenAiOperationNameValues}


def test_a_chat_model_span() -> None:
    found = mapped(SpanType.CHAT_MODEL, chat)
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 10,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.response.model": "gpt-5-2026",
        "gen_ai.response.id": "r1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.conversation.id": "chat-42",
        "session.id": "chat-42",
        "user.id": "ada",
        "mlflow.traceTag.env": "prod",
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.llm.model": '"gpt-5-2026"',
    }
    assert {key: found.get(key) for key in expected} == expected
    assert json.loads(found["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be brief."}]
    assert json.loads(found["gen_ai.input.messages"]) == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "Where is this?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
                {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Ask the map."},
                {"type": "tool_call", "id": "c1", "name": "map", "arguments": {"x": 1}},
            ],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "Paris"}]},
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Paris."}], "finish_reason": "stop"}
    ]
    assert json.loads(found["gen_ai.tool.definitions"]) == json.loads(found["mlflow.chat.tools"]) == TOOLS
    assert json.loads(found["mlflow.spanInputs"])["messages"] == CONVERSATION
    assert json.loads(found["mlflow.chat.tokenUsage"]) == {
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "cache_read_input_tokens": 4,
    }


def test_a_tool_span() -> None:
    found = mapped(SpanType.TOOL, tool, name="map")
    assert found["gen_ai.operation.name"] == "execute_tool"
    assert found["gen_ai.tool.name"] == "map"
    assert found["gen_ai.tool.call.arguments"] == '{"x":1}'
    assert found["gen_ai.tool.call.result"] == "Paris"
    assert found["mlflow.spanOutputs"] == '"Paris"'


def test_an_agent_keeps_the_name_that_an_attribute_gives_it() -> None:
    found = mapped(SpanType.AGENT, lambda span: span.set_attribute(attributes.AGENT_NAME, "support"), name="run")
    assert (found["gen_ai.operation.name"], found["gen_ai.agent.name"]) == ("invoke_agent", "support")


def test_a_cancelled_span_is_no_error() -> None:
    found = mapped(SpanType.AGENT, lambda span: span.set_status(SpanStatus.CANCELLED))
    assert found["spanloom.status"] == "CANCELLED"
    assert "error.type" not in found


def test_what_was_not_captured_is_not_sent() -> None:
    spanloom.configure(capture_content=False)
    found = mapped(SpanType.CHAT_MODEL, chat)
    assert not [name for name in found if "messages" in name or name in ("mlflow.spanInputs", "mlflow.spanOutputs")]
    assert found["gen_ai.usage.input_tokens"] == 12


def test_what_is_redacted_leaves_the_process_redacted(receiver: Any) -> None:
    from spanloom.otlp import OtlpExporter

    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter], redact=["content", "user", "env", "arguments"])
    mapped(SpanType.CHAT_MODEL, chat)
    assert spanloom.flush(10)
    assert exporter.flush(10)
    sent = receiver.requests[0].SerializeToString()
    assert not [secret for secret in (b"Be brief.", b"Paris", b"ada", b"prod", b'\\"x\\"') if secret in sent]


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        (True, True),
        (2**64 - 1, "18446744073709551615"),
        (["a", "b"], ["a", "b"]),
        (["a", 1], '["a",1]'),
        ([True, 1], "[true,1]"),
        ([], "[]"),
        ({"a": None}, '{"a":null}'),
        (None, None),
    ],
)
def test_values_that_opentelemetry_cannot_carry_travel_as_json(value: Any, carried: Any) -> None:
    assert attribute_value(value) == carried
    assert type(attribute_value(value)) is type(carried)


def test_messages_of_odd_shapes_are_kept() -> None:
    odd = [
        {"role": "user", "content": ["plain", {"type": "text", "text": "part"}, {"type": "video", "video": {"id": 1}}]},
        {"role": "assistant", "content": "", "refusal": "No.", "tool_calls": [{"function": {"arguments": '{"cut'}}]},
    ]
    asked, answered = input_messages(odd)[0], output_messages(odd[1:], [])[0]
    assert asked["parts"] == [
        {"type": "text", "content": "plain"},
        {"type": "text", "content": "part"},
        {"type": "video", "video": {"id": 1}},
    ]
    assert answered["parts"] == [
        {"type": "refusal", "content": "No."},
        {"type": "tool_call", "id": None, "name": None, "arguments": '{"cut'},
    ]
    assert answered["finish_reason"] == "tool_call"
