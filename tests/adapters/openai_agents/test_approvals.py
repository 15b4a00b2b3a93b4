"""Calls that wait for approval."""

from __future__ import annotations

from typing import Any

import pytest
from agents import HostedMCPTool, RunContextWrapper, function_tool

import spanloom
from spanloom.agents import SqliteConversations
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall, Usage

CONTEXT = {"conversation_id": "c"}
CALLS = Reply(
    tool_calls=[ToolCall("send", {"to": "ann"}, id="c1"), ToolCall("send", {"to": "bob"}, id="c2")], usage=Usage(10, 4)
)
CALL = Reply(tool_calls=[ToolCall("send", {"to": "ann"}, id="c1")])
ANSWER = Reply("Done.", usage=Usage(30, 5))
ANN, BOB = "mcpr_tool_c1", "mcpr_tool_c2"


@function_tool(needs_approval=True)
def send(context: RunContextWrapper, to: str) -> str:
    """Send a mail."""
    return f"sent to {to} by {context.context}"


def decision(request: str, approve: bool = True, **more: Any) -> dict[str, Any]:
    return {"type": "mcp_approval_response", "approval_request_id": request, "approve": approve, **more}


def test_each_call_is_decided_on_and_nothing_is_repeated(server, make_agent, ask, shape, wire):
    server.enqueue(CALLS, ANSWER, ANSWER)
    agent = spanloom.wrap(make_agent(wire, tools=[send]))
    asked = ask(agent, "Write them.", context=CONTEXT, custom_inputs={"user": "me"})
    assert shape(asked.model_dump()["output"])[2:] == [
        ("mcp_approval_request", "send", '{"to": "ann"}'),
        ("mcp_approval_request", "send", '{"to": "bob"}'),
    ]
    assert asked.custom_outputs == {"resumable": True}
    answers = [decision(ANN), decision(BOB, approve=False, reason="Not him.")]
    done = ask(agent, answers, context=CONTEXT)
    assert shape(done.model_dump()["output"]) == [
        ("function_call_output", "sent to ann by {'user': 'me'}"),
        ("function_call_output", "Not him."),
        (None, "Done."),
    ]
    assert done.status == "completed"
    assert done.usage.total_tokens == 35, "only what this response used"
    ask(agent, "Thanks.", context=CONTEXT)
    sent = server.requests[-1].body.get("messages") or server.requests[-1].body["input"]
    assert [part.get("role", part.get("type")) for part in sent] == (
        ["user", "assistant", "tool", "tool", "assistant", "user"]
        if wire == "chat"
        else ["user", *["function_call"] * 2, *["function_call_output"] * 2, "assistant", "user"]
    )


def test_what_is_said_beside_the_approval_reaches_the_model(server, make_agent, ask):
    server.enqueue(CALL, ANSWER)
    agent = spanloom.wrap(make_agent(tools=[send]))
    ask(agent, "Write her.", context=CONTEXT)
    ask(agent, [decision(ANN), {"role": "user", "content": "And hurry."}], context=CONTEXT)
    assert server.requests[-1].body["input"][-1] == {"role": "user", "content": "And hurry."}
    assert "Write her." in str(server.requests[-1].body["input"][0])


def test_an_answer_that_does_not_fit_leaves_the_call_waiting(server, make_agent, ask):
    server.enqueue(CALL, ANSWER)
    agent = spanloom.wrap(make_agent(tools=[send]))
    ask(agent, "Write her.", context=CONTEXT)
    with pytest.raises(AgentError, match=r"waits for approval.*mcpr_tool_c1"):
        agent.predict(input="Well?", context=CONTEXT)
    with pytest.raises(AgentError, match="arguments of 'send' can't be changed"):
        agent.predict(input=[decision(ANN, arguments='{"to": "bob"}')], context=CONTEXT)
    assert ask(agent, [decision(ANN, arguments='{"to":"ann"}')], context=CONTEXT).output_text == "Done."


def test_without_a_conversation_nothing_can_be_resumed(server, make_agent, ask):
    server.enqueue(CALL)
    agent = spanloom.wrap(make_agent(tools=[send]))
    assert ask(agent, "Write her.").custom_outputs == {"resumable": False}
    with pytest.raises(AgentError, match="nothing to approve"):
        agent.predict(input=[decision(ANN)], context=CONTEXT)


def test_another_process_finds_the_state_and_makes_its_own_context(server, make_agent, ask, shape, tmp_path):
    class Session:
        def __repr__(self) -> str:
            return "a session"

    def process() -> Any:
        store = SqliteConversations(tmp_path / "conversations.db")
        return spanloom.wrap(make_agent(tools=[send]), conversations=store, context=lambda _: Session())

    server.enqueue(CALL, ANSWER)
    ask(process(), "Write her.", context=CONTEXT)
    done = ask(process(), [decision(ANN)], context=CONTEXT)
    assert shape(done.model_dump()["output"])[0] == ("function_call_output", "sent to ann by a session")


def test_a_call_of_an_agent_inside_of_a_tool_is_approved(server, make_agent, ask, shape):
    server.enqueue(Reply(tool_calls=[ToolCall("mail", {"input": "ann"}, id="c0")]), CALL, Reply("sent"), ANSWER)
    tool = make_agent(name="mailer", tools=[send]).as_tool("mail", "Send mails.")
    agent = spanloom.wrap(make_agent(tools=[tool]))
    asked = ask(agent, "Write her.", context=CONTEXT).model_dump()["output"]
    assert asked[-1]["server_label"] == "mailer"
    done = ask(agent, [decision(asked[-1]["id"])], context=CONTEXT)
    assert shape(done.model_dump()["output"]) == [("function_call_output", "sent"), (None, "Done.")]


def test_an_approval_that_a_hosted_mcp_server_asks_for_is_the_models_own(make_agent, whole_answers, ask, shape):
    request = {
        "type": "mcp_approval_request",
        "id": "mcpr_1",
        "name": "search",
        "arguments": "{}",
        "server_label": "docs",
    }
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Found."}]}
    said["content"][0]["annotations"] = []
    model = whole_answers([request], [said])
    server = {"type": "mcp", "server_label": "docs", "server_url": "http://docs.invalid", "require_approval": "always"}
    agent = spanloom.wrap(make_agent(model=model, tools=[HostedMCPTool(tool_config=server)]))
    asked = ask(agent, "Look.", context=CONTEXT).model_dump(exclude_none=True)
    assert asked["incomplete_details"] == {"reason": "interrupt"}
    assert asked["output"] == [request]
    done = ask(agent, [decision("mcpr_1")], context=CONTEXT).model_dump()
    assert shape(done["output"])[-1] == (None, "Found.")
    assert [item["type"] for item in model.inputs[-1][1:]] == ["mcp_approval_request", "mcp_approval_response"]
