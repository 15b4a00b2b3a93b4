"""Teams: who speaks, what they know, how they end."""

from __future__ import annotations

import json

import pytest
from autogen_agentchat.agents import SocietyOfMindAgent
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    MagenticOneGroupChat,
    RoundRobinGroupChat,
    SelectorGroupChat,
)

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall

CONTEXT = {"conversation_id": "c1"}


def speaker(request) -> str:
    """Return who is asked: the assistants' system messages begin with their names."""
    return request.body["messages"][0]["content"].partition("\n")[0].removeprefix("You are ").rstrip(".")


def test_speakers_keep_their_names_and_every_request_begins_with_the_first(assistant, server, ask, said):
    server.script(lambda request: Reply(f"I am {speaker(request)}."))
    team = spanloom.wrap(RoundRobinGroupChat([assistant("ann"), assistant("bob")], max_turns=3))
    for _ in range(2):
        assert said(ask(team, "hi")) == [
            ("message", "ann", "I am ann."),
            ("message", "bob", "I am bob."),
            ("message", "ann", "I am ann."),
        ]


def test_in_a_conversation_speakers_are_known_and_no_condition_counts_what_was_said(assistant, server, ask, asked):
    server.script(lambda request: Reply(f"{speaker(request)} says STOP"))
    condition = TextMentionTermination("STOP") | MaxMessageTermination(3)
    team = spanloom.wrap(RoundRobinGroupChat([assistant("ann"), assistant("bob")], termination_condition=condition))
    for question in ("one?", "two?"):
        response = ask(team, question, context=CONTEXT, instructions="Be brief.")
        assert [item["name"] for item in response["output"]] == ["ann"]
    assert asked() == [
        ("system", None, "You are ann.\nBe brief."),
        ("user", "user", "one?"),
        ("user", "ann", "ann says STOP"),
        ("user", "user", "two?"),
    ]


@pytest.mark.parametrize(("word", "status"), [(None, "completed"), ("NEVER", "incomplete")])
def test_turns_run_out_only_where_there_is_another_end(assistant, server, ask, word, status):
    server.script([Reply("hi")])
    condition = TextMentionTermination(word) if word else None
    team = RoundRobinGroupChat([assistant()], termination_condition=condition, max_turns=1)
    response = ask(spanloom.wrap(team), "hi")
    assert response["status"] == status
    assert response.get("incomplete_details") == ({"reason": "max_turns"} if word else None)
    assert response["custom_outputs"]["stop_reason"] == "Maximum number of turns 1 reached."


def test_a_choice_of_speaker_is_not_part_of_the_answer(assistant, model, server, ask, said):
    server.script([Reply("bob"), Reply("I am bob.")])
    team = SelectorGroupChat(
        [assistant("ann"), assistant("bob")], model(), max_turns=1, model_client_streaming=True, emit_team_events=True
    )
    assert said(ask(spanloom.wrap(team), "Who?")) == [("message", "bob", "I am bob.")]


def test_speakers_at_the_same_time_do_not_mix(assistant, server, ask, said):
    """One of them calls a tool while the other speaks."""

    async def look() -> str:
        """Look."""
        return "seen"

    def think(request):
        results = [message for message in request.body["messages"] if message["role"] == "tool"]
        if speaker(request) == "ann" and not results:
            return Reply(tool_calls=[ToolCall("look", {})])
        return Reply(f"I am {speaker(request)} and nobody else.")

    server.script(think)
    ann, bob, cid = assistant("ann", tools=[look]), assistant("bob"), assistant("cid")
    builder = DiGraphBuilder()
    for agent in (ann, bob, cid):
        builder.add_node(agent)
    builder.add_edge(ann, cid, activation_condition="all").add_edge(bob, cid, activation_condition="all")
    response = ask(spanloom.wrap(GraphFlow(builder.get_participants(), builder.build())), "hi")
    parts = said(response)
    assert sorted(parts[:-1]) == sorted(
        [
            ("call", "look"),
            ("result", "seen"),
            ("message", "ann", "I am ann and nobody else."),
            ("message", "bob", "I am bob and nobody else."),
        ]
    )
    assert parts[-1] == ("message", "cid", "I am cid and nobody else.")
    assert response["status"] == "completed"


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of AutoGen's client
def test_a_magentic_team_gets_the_whole_conversation_as_its_task(assistant, model, server, ask, said):
    answer = {"reason": "", "answer": True}
    ledger = dict.fromkeys(("is_request_satisfied", "is_in_loop", "is_progress_being_made"), answer)
    ledger |= {key: {"reason": "", "answer": "ann"} for key in ("instruction_or_question", "next_speaker")}
    server.script([Reply("facts"), Reply("plan"), Reply(json.dumps(ledger)), Reply("the end")])
    history = [
        {"role": "user", "content": "one?"},
        {"role": "assistant", "content": "first"},
        {"role": "user", "content": "two?"},
    ]
    response = ask(spanloom.wrap(MagenticOneGroupChat([assistant("ann")], model())), history)
    assert "one? first two?" in server.requests[0].body["messages"][0]["content"]
    plan, end = said(response)
    assert plan[:2] == ("message", "MagenticOneOrchestrator")
    assert end == ("message", "MagenticOneOrchestrator", "the end")


def test_a_society_of_mind_speaks_without_a_name_and_its_members_with_theirs(assistant, model, server, ask, said):
    server.script([Reply("inner"), Reply("outer")])
    team = RoundRobinGroupChat([assistant("ann")], max_turns=1)
    assert said(ask(spanloom.wrap(SocietyOfMindAgent("mind", team, model())), "hi")) == [
        ("message", "ann", "inner"),
        ("message", None, "outer"),
    ]


def test_a_failing_team_is_whole_again_in_the_next_request(assistant, server, ask):
    replies = iter([Reply("one"), ErrorReply(500, "on fire"), Reply("two"), Reply("three")])
    server.script(lambda _: next(replies))
    team = spanloom.wrap(RoundRobinGroupChat([assistant("ann"), assistant("bob")], max_turns=2))
    with pytest.raises(RuntimeError, match="on fire"):
        ask(team, "hi")
    assert [item["name"] for item in ask(team, "hi")["output"]] == ["ann", "bob"]


def test_a_context_that_overflows_ends_incomplete(assistant, server, ask):
    message = "This model's maximum context length is 8 tokens. However, your messages resulted in 9 tokens."
    server.script(lambda _: ErrorReply(400, message, code="context_length_exceeded"))
    for agent in (assistant(), RoundRobinGroupChat([assistant("ann")], max_turns=1)):
        response = ask(spanloom.wrap(agent), "hi")
        assert response["incomplete_details"] == {"reason": "context_length_exceeded"}
