"""Questions to a person."""

from __future__ import annotations

import pytest
from autogen_agentchat.agents import UserProxyAgent
from autogen_agentchat.base import Handoff
from autogen_agentchat.conditions import HandoffTermination, MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat, Swarm

import spanloom
from spanloom.agents import SqliteConversations
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall

CONTEXT = {"conversation_id": "c1"}
TO_BOB = Reply(tool_calls=[ToolCall("transfer_to_bob", {})])
TO_USER = Reply(tool_calls=[ToolCall("transfer_to_user", {})])


def test_an_agent_that_hands_off_to_the_user_waits_for_the_answer(assistant, server, ask, said, asked):
    server.script([TO_USER, Reply("Paris it is.")])
    handoff = Handoff(target="user", message="Which city?")
    agent = spanloom.wrap(assistant(handoffs=[handoff]))
    response = ask(agent, "Weather?", context=CONTEXT)
    assert response["incomplete_details"] == {"reason": "interrupt"}
    assert said(response) == [("call", "transfer_to_user"), ("result", "Which city?")]
    (question,) = response["custom_outputs"]["interrupts"]
    assert question["value"] == {"source": "helper", "target": "user", "content": "Which city?"}
    response = ask(agent, "Paris", context=CONTEXT)
    assert (response["status"], said(response)) == ("completed", [("message", None, "Paris it is.")])
    assert [role for role, *_ in asked()] == ["system", "user", "assistant", "tool", "user"]


def test_a_swarm_goes_on_with_the_one_who_asked_in_another_process_too(assistant, server, ask, said, asked, tmp_path):
    def team():
        ann, bob = assistant("ann", handoffs=["bob"]), assistant("bob", handoffs=["user"])
        condition = HandoffTermination("user") | MaxMessageTermination(6)
        store = SqliteConversations(tmp_path / "conversations.db")
        return spanloom.wrap(Swarm([ann, bob], termination_condition=condition), conversations=store)

    server.script([TO_BOB, TO_USER, Reply("I am bob."), TO_USER])
    response = ask(team(), "Refund!", context=CONTEXT)
    assert response["incomplete_details"] == {"reason": "interrupt"}
    assert response["custom_outputs"]["interrupts"][0]["value"]["source"] == "bob"
    second = team()
    with pytest.raises(AgentError, match="waits for an answer of 'user'"):
        ask(second, [{"role": "system", "content": "nothing"}], context=CONTEXT)
    response = ask(second, "Order 12", context=CONTEXT)
    assert said(response)[:2] == [("message", "bob", "I am bob."), ("call", "transfer_to_user")]
    assert response["incomplete_details"] == {"reason": "interrupt"}
    assert asked(2)[0] == ("system", None, "You are bob.")
    assert asked(2)[-2:] == [
        ("tool", None, "Transferred to user, adopting the role of user immediately."),
        ("user", "user", "Order 12"),
    ]


@pytest.mark.parametrize("resume", [True, False])
def test_a_user_who_would_be_asked_on_the_console_answers_in_the_next_request(
    assistant, server, ask, said, asked, resume
):
    server.script(lambda request: Reply(request.body["messages"][0]["content"]))
    user = UserProxyAgent("boss")
    function = user.input_func
    team = spanloom.wrap(RoundRobinGroupChat([assistant("ann"), user, assistant("bob")], max_turns=3))
    response = ask(team, "hi", context=CONTEXT)
    assert response["incomplete_details"] == {"reason": "interrupt"}
    assert said(response) == [("message", "ann", "You are ann.")]
    assert response["custom_outputs"]["interrupts"][0]["value"]["target"] == "boss"
    assert user.input_func is function
    if resume:
        response = ask(team, [{"role": "system", "content": "x"}], context=CONTEXT, custom_inputs={"resume": "go"})
    else:
        response = ask(team, "go", context=CONTEXT)
    assert said(response)[0] == ("message", "bob", "You are bob.")
    assert asked(1)[1:] == [("user", "user", "hi"), ("user", "ann", "You are ann."), ("user", "boss", "go")]


def test_in_a_swarm_the_answer_goes_back_to_the_one_who_handed_off(assistant, server, ask, said, asked):
    server.script([Reply(tool_calls=[ToolCall("transfer_to_boss", {})]), Reply("I am ann.")])
    condition = TextMentionTermination("I am ann") | MaxMessageTermination(9)
    swarm = Swarm([assistant("ann", handoffs=["boss"]), UserProxyAgent("boss")], termination_condition=condition)
    team = spanloom.wrap(swarm)
    response = ask(team, "hi", context=CONTEXT)
    assert response["custom_outputs"]["interrupts"][0]["value"]["source"] == "ann"
    assert said(ask(team, "go", context=CONTEXT)) == [("message", "ann", "I am ann.")]
    assert asked()[-1] == ("user", "boss", "go")


def test_a_user_with_a_way_of_their_own_is_asked_there(assistant, server, ask, said, asked):
    async def answer(prompt, token):
        return "yes"

    server.script([Reply("May I?"), Reply("Done.")])
    team = RoundRobinGroupChat([assistant("ann"), UserProxyAgent("boss", input_func=answer)], max_turns=3)
    assert said(ask(spanloom.wrap(team), "hi")) == [("message", "ann", "May I?"), ("message", "ann", "Done.")]
    assert asked()[-1] == ("user", "boss", "yes")


def test_resuming_nothing_is_an_error(assistant):
    with pytest.raises(AgentError, match="nothing to resume"):
        spanloom.wrap(assistant()).predict({"input": "hi", "custom_inputs": {"resume": "x"}})
