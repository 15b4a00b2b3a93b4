"""What goes into a run."""

from __future__ import annotations

import pytest
from agents import ModelSettings, RunConfig, RunContextWrapper, RunHooks, function_tool

import spanloom
from spanloom.errors import AdapterNotFoundError, AgentError
from spanloom.testing import Reply, ToolCall

ANSWER = Reply("It is sunny.")


def test_settings_of_the_request_go_before_those_of_the_run_and_the_agent(server, make_agent, get_weather, wire):
    server.enqueue(ANSWER, ANSWER)
    config = RunConfig(model_settings=ModelSettings(temperature=0.5, top_p=0.5))
    agent = spanloom.wrap(make_agent(wire, tools=[get_weather]), run_config=config)
    agent.predict(
        input="hi",
        temperature=0.1,
        max_output_tokens=9,
        parallel_tool_calls=False,
        tool_choice={"type": "function", "name": "get_weather"},
        context={"conversation_id": "c"},
    )
    body = server.requests[0].body
    assert (body["temperature"], body["top_p"], body["parallel_tool_calls"]) == (0.1, 0.5, False)
    assert body.get("max_output_tokens" if wire == "responses" else "max_tokens") == 9
    choice = body["tool_choice"]
    assert choice.get("function", choice)["name"] == "get_weather"
    agent.predict(input="hi")
    assert server.requests[1].body["temperature"] == 0.5


def test_a_choice_of_tools_that_the_sdk_does_not_know_is_an_error(make_agent):
    with pytest.raises(AgentError, match="tool_choice="):
        spanloom.wrap(make_agent()).predict(input="hi", tool_choice={"type": "allowed_tools", "tools": []})


@function_tool
def who(context: RunContextWrapper) -> str:
    """Tell who asks."""
    return str(context.context)


def test_tools_find_the_context_that_the_option_makes_of_the_request(server, make_agent):
    server.script(lambda request: ANSWER if "function_call_output" in str(request.body) else call)
    call = Reply(tool_calls=[ToolCall("who", {})])
    agent = make_agent(tools=[who])

    def told(wrapped, **fields):
        response = wrapped.predict(input="hi", **fields).model_dump()
        return next(item["output"] for item in response["output"] if item["type"] == "function_call_output")

    assert told(spanloom.wrap(agent, context="a value")) == "a value"
    by_user = spanloom.wrap(agent, context=lambda request: request.context.user_id)
    assert told(by_user, context={"user_id": "ann"}) == "ann"
    assert told(spanloom.wrap(agent), custom_inputs={"name": "bob"}) == "{'name': 'bob'}"


def test_hooks_are_called(server, make_agent):
    started = []

    class Hooks(RunHooks):
        async def on_agent_start(self, context, agent):
            started.append(agent.name)

    server.enqueue(ANSWER)
    spanloom.wrap(make_agent(), hooks=Hooks()).predict(input="hi")
    assert started == ["agent"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_turns": 0}, "max_turns=0: expected a number"),
        ({"run_config": {}}, "run_config={}: expected an agents.RunConfig"),
        ({"hooks": RunHooks}, "expected an instance"),
        ({"max_turn": 3}, "did you mean 'max_turns'"),
    ],
)
def test_wrong_options_say_what_was_expected(make_agent, options, message):
    with pytest.raises(AgentError, match=message):
        spanloom.wrap(make_agent(), **options)


HISTORY = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": "Paris?"},
    {
        "type": "message",
        "role": "assistant",
        "id": "msg_1",
        "name": "desk",
        "content": [{"type": "output_text", "text": "Sunny."}],
    },
    {"role": "user", "content": [{"type": "text", "text": "And Oslo?"}]},
    {"role": "assistant", "content": "Rainy."},
    {"role": "user", "content": "And the bomb?"},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"ci', "status": "incomplete"},
    {"role": "user", "content": "Then bye."},
]


def test_a_history_reaches_a_chat_model(server, make_agent):
    server.enqueue(ANSWER)
    spanloom.wrap(make_agent("chat")).predict(input=HISTORY)
    assert server.requests[0].body["messages"] == [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Paris?"},
        {"role": "assistant", "content": "Sunny."},
        {"role": "user", "content": [{"type": "text", "text": "And Oslo?"}]},
        {"role": "assistant", "content": "Rainy."},
        {"role": "user", "content": "And the bomb?"},
        {"role": "assistant", "refusal": "No."},
        {"role": "user", "content": "Then bye."},
    ]


def test_a_history_reaches_the_responses_api_without_fields_it_does_not_take(server, make_agent):
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x", "status": "completed"}
    server.enqueue(ANSWER)
    spanloom.wrap(make_agent()).predict(input=[*HISTORY[:3], thought, *HISTORY[3:]])
    sent = server.requests[0].body["input"]
    assert [item.get("role", item.get("type")) for item in sent] == [
        "developer",
        "user",
        "assistant",
        "reasoning",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert "name" not in sent[2]
    assert sent[3] == {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}


def test_an_item_that_chat_completions_do_not_know_is_a_clear_error(make_agent):
    from agents.exceptions import UserError

    with pytest.raises(UserError, match="Unhandled item type"):
        spanloom.wrap(make_agent("chat")).predict(
            input=[{"type": "shell_call", "id": "s1"}, {"role": "user", "content": "hi"}]
        )


def test_it_takes_subclasses_but_not_agents_of_other_kinds(make_agent):
    from agents.realtime import RealtimeAgent
    from agents.sandbox import SandboxAgent

    assert "openai_agents" in repr(spanloom.wrap(SandboxAgent("agent")))
    with pytest.raises(AdapterNotFoundError):
        spanloom.wrap(RealtimeAgent("agent"))
