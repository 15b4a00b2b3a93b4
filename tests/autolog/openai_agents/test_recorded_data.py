"""What the spans tell."""

from __future__ import annotations

from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession, WebSearchTool
from inline_snapshot import snapshot
from pydantic import BaseModel

import spanloom
from spanloom.testing import Reply, ToolCall, Usage
from spanloom.tracing import attributes

USAGE = Usage(7, 3, cached_tokens=2, reasoning_tokens=1)
CALL = Reply(
    "Let me see.",
    reasoning="Look it up.",
    tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="c1")],
    usage=USAGE,
)
ANSWER = Reply("Sunny.", usage=USAGE, model="gpt-5-mini-2025")


async def stream(agent: Agent[Any], text: str, **options: Any) -> Any:
    result = Runner.run_streamed(agent, text, **options)
    async for _ in result.stream_events():
        pass
    return result


async def whole(agent: Agent[Any], text: str, **options: Any) -> Any:
    return await Runner.run(agent, text, **options)


WAYS = pytest.mark.parametrize("ask", [whole, stream])
APIS = pytest.mark.parametrize("chat", [False, True])


@WAYS
@APIS
def test_a_model_call(agent, in_loop, the_trace, get_weather, ask, chat):
    asked = agent(CALL, ANSWER, chat=chat, tools=[get_weather], instructions="Be brief.")
    in_loop(ask(asked, "Paris?"))
    first, second = the_trace().search_spans(span_type="CHAT_MODEL")
    assert first.inputs == {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Paris?"}],
        "model": "gpt-5-mini",
    }
    (message,) = first.outputs["messages"]
    assert message == snapshot(
        {
            "role": "assistant",
            "content": "Let me see.",
            "reasoning_content": "Look it up.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
            ],
        }
    )
    assert [each["role"] for each in second.inputs["messages"]] == ["system", "user", "assistant", "tool"]
    assert second.inputs["messages"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "sunny in Paris"}
    assert second.outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    usage = second.token_usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (7, 3, 10)
    assert (usage.cache_read_input_tokens, usage.reasoning_output_tokens) == (2, 1)
    assert second.attributes[attributes.REQUEST_MODEL] == "gpt-5-mini"
    assert second.attributes.get(attributes.RESPONSE_MODEL) == (None if chat else "gpt-5-mini-2025")
    assert second.attributes.get(attributes.FINISH_REASONS) == (None if chat else ["stop"])
    assert attributes.RESPONSE_ID not in second.attributes or "fake" not in second.attributes[attributes.RESPONSE_ID]


@WAYS
@APIS
def test_the_client_adds_what_chat_completions_do_not_tell(agent, in_loop, the_trace, ask, chat):
    spanloom.autolog("openai")
    in_loop(ask(agent(ANSWER, chat=chat), "hi"))
    (span,) = the_trace().search_spans(span_type="CHAT_MODEL")
    assert span.attributes[attributes.RESPONSE_MODEL] == "gpt-5-mini-2025"
    assert span.attributes[attributes.FINISH_REASONS] == ["stop"]
    assert the_trace().info.token_usage.total_tokens == 10


def test_tool_definitions(agent, run, the_trace, get_weather):
    helper = Agent("helper", handoff_description="Knows more.")
    run(agent(ANSWER, tools=[get_weather, WebSearchTool()], handoffs=[helper]), "hi")
    (span,) = the_trace().search_spans(span_type="CHAT_MODEL")
    assert span.attributes[attributes.TOOL_DEFINITIONS] == snapshot(
        [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "Tell the weather.",
                    "parameters": {
                        "properties": {"city": {"title": "City", "type": "string"}},
                        "required": ["city"],
                        "title": "get_weather_args",
                        "type": "object",
                        "additionalProperties": False,
                    },
                },
            },
            {"type": "web_search"},
            {
                "type": "function",
                "function": {
                    "name": "transfer_to_helper",
                    "description": "Handoff to the helper agent to handle the request. Knows more.",
                    "parameters": {"additionalProperties": False, "type": "object", "properties": {}, "required": []},
                },
            },
        ]
    )


@WAYS
def test_the_run(agent, in_loop, the_trace, ask):
    config = RunConfig(workflow_name="support", group_id="chat-7", trace_metadata={"version": 2})
    in_loop(ask(agent(ANSWER), "hi", run_config=config))
    info, root = the_trace().info, the_trace().data.spans[0]
    assert root.inputs == {"messages": [{"role": "user", "content": "hi"}]}
    assert root.outputs == "Sunny."
    assert root.attributes[attributes.AGENT_NAME] == "agent"
    assert root.attributes["openai_agents.workflow_name"] == "support"
    assert (info.session_id, info.trace_metadata["version"]) == ("chat-7", "2")
    assert (info.request_preview, info.response_preview) == ("hi", "Sunny.")
    assert (root.token_usage.total_tokens, info.token_usage.total_tokens) == (10, 10)


def test_items_of_a_conversation_as_input(agent, run, the_trace):
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Paris?"}]},
        {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    ]
    run(agent(ANSWER), items)
    assert the_trace().data.spans[0].inputs == snapshot(
        {
            "messages": [
                {"role": "user", "content": "Paris?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
            ]
        }
    )


def test_structured_output(agent, run, the_trace):
    class Forecast(BaseModel):
        city: str
        degrees: int

    run(agent(Reply('{"city": "Paris", "degrees": 20}'), output_type=Forecast), "Paris?")
    assert the_trace().data.spans[0].outputs == {"city": "Paris", "degrees": 20}
    schema = the_trace().search_spans(span_type="CHAT_MODEL")[0].inputs["response_format"]["json_schema"]["schema"]
    assert schema["properties"].keys() == {"city", "degrees"}


def test_the_session_of_a_memory(agent, run, the_trace):
    session = SQLiteSession("chat-8")
    run(agent(ANSWER), "hi", session=session)
    session.close()
    assert the_trace().info.session_id == "chat-8"


def test_the_programs_own_session_wins(agent, run, the_trace):
    with spanloom.tracing_context(session_id="mine", metadata={"version": "1"}):
        run(agent(ANSWER), "hi", run_config=RunConfig(group_id="chat-7", trace_metadata={"version": 2}))
    assert (the_trace().info.session_id, the_trace().info.trace_metadata["version"]) == ("mine", "1")


@WAYS
@pytest.mark.parametrize("chosen", ["configuration", "environment"])
def test_content_that_the_program_keeps_out_of_traces(agent, in_loop, get_weather, the_trace, monkeypatch, ask, chosen):
    options: dict[str, Any] = {}
    if chosen == "configuration":
        options["run_config"] = RunConfig(trace_include_sensitive_data=False)
    else:
        monkeypatch.setenv("OPENAI_AGENTS_TRACE_INCLUDE_SENSITIVE_DATA", "0")
    in_loop(ask(agent(CALL, ANSWER, tools=[get_weather]), "Paris?", **options))
    text = the_trace().to_json()
    assert "Paris" not in text
    assert "unny" not in text
    assert the_trace().info.token_usage.total_tokens == 20
