"""Teams: one tree for a run, whatever runtime carries it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from autogen_agentchat.agents import AssistantAgent, SocietyOfMindAgent
from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.messages import ModelClientStreamingChunkEvent
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat, Swarm
from autogen_core import CancellationToken, SingleThreadedAgentRuntime
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, outline
from spanloom.tracing import attributes
from spanloom_autolog.autogen import teams

pytestmark = pytest.mark.anyio

TWO_TURNS = snapshot("""\
WORKFLOW RoundRobinGroupChat
  AGENT writer
    CHAT_MODEL chat gpt-5-mini [21+2 tokens]
  AGENT critic
    CHAT_MODEL chat gpt-5-mini [23+1 tokens]\
""")


@pytest.fixture
def two(agent):
    return [agent("writer", Reply("a poem")), agent("critic", Reply("Good."))]


async def test_a_run_is_one_tree_with_a_turn_per_agent(two, the_trace):
    await RoundRobinGroupChat(two, max_turns=2).run(task="Write!")
    assert outline(the_trace()) == TWO_TURNS
    team, writer, _, critic, _ = the_trace().data.spans
    assert team.inputs == {"messages": [{"role": "user", "content": "Write!"}]}
    assert team.outputs == {
        "messages": [
            {"role": "assistant", "content": "a poem", "name": "writer"},
            {"role": "assistant", "content": "Good.", "name": "critic"},
        ],
        "stop_reason": "Maximum number of turns 2 reached.",
    }
    assert critic.inputs["messages"][-1] == {"role": "user", "content": "a poem", "name": "writer"}
    assert writer.attributes[attributes.AGENT_NAME] == "writer"


async def test_a_streamed_run_is_the_same_tree(two, the_trace):
    async for _ in RoundRobinGroupChat(two, max_turns=2).run_stream(task="Write!"):
        assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == TWO_TURNS


async def test_a_run_on_a_runtime_that_was_started_before_is_the_same_tree(two, the_trace):
    runtime = SingleThreadedAgentRuntime()
    runtime.start()
    await RoundRobinGroupChat(two, max_turns=2, runtime=runtime).run(task="Write!")
    await runtime.stop()
    assert outline(the_trace()) == TWO_TURNS


async def test_ended_runs_on_such_a_runtime_are_forgotten(agent):
    runtime = SingleThreadedAgentRuntime()
    runtime.start()
    for _ in range(3):
        await RoundRobinGroupChat([agent("writer", Reply("a poem"))], max_turns=1, runtime=runtime).run(task="Write!")
    await runtime.stop()
    assert len(teams._elsewhere) == 1


async def test_handoffs_are_spans_of_their_own(agent, the_trace):
    alice = agent("alice", Reply(tool_calls=[ToolCall("transfer_to_bob", {})]), handoffs=["bob"])
    bob = agent("bob", Reply("TERMINATE"), handoffs=["alice"])
    await Swarm([alice, bob], termination_condition=TextMentionTermination("TERMINATE")).run(task="Go!")
    assert outline(the_trace()) == snapshot("""\
WORKFLOW Swarm
  AGENT alice
    CHAT_MODEL chat gpt-5-mini [21+2 tokens]
    HANDOFF transfer_to_bob
  AGENT bob
    CHAT_MODEL chat gpt-5-mini [30+1 tokens]\
""")
    (handoff,) = the_trace().search_spans(span_type="HANDOFF")
    assert handoff.outputs == "Transferred to bob, adopting the role of bob immediately."


async def test_the_model_that_selects_the_speaker_stands_below_the_team(agent, client, the_trace):
    speakers = [agent("one", Reply("1")), agent("two", Reply("2"))]
    await SelectorGroupChat(speakers, client(Reply("two")), max_turns=1).run(task="Count!")
    assert outline(the_trace()) == snapshot("""\
WORKFLOW SelectorGroupChat
  CHAT_MODEL chat gpt-5-mini [72+1 tokens]
  AGENT two
    CHAT_MODEL chat gpt-5-mini [21+1 tokens]\
""")


async def test_a_team_inside_of_an_agent_inside_of_a_team(agent, client, the_trace):
    inner = RoundRobinGroupChat([agent("writer", Reply("a poem"))], max_turns=1)
    society = SocietyOfMindAgent("society", inner, client(Reply("A poem.")))
    await RoundRobinGroupChat([society], max_turns=1).run(task="Write!")
    assert outline(the_trace()) == snapshot("""\
WORKFLOW RoundRobinGroupChat
  AGENT society
    WORKFLOW RoundRobinGroupChat
      AGENT writer
        CHAT_MODEL chat gpt-5-mini [21+2 tokens]
    CHAT_MODEL chat gpt-5-mini [42+2 tokens]\
""")


async def test_an_agent_that_fails_has_the_exception_that_the_team_only_quotes(agent, the_trace):
    team = RoundRobinGroupChat([agent("writer", ErrorReply(500, "on fire"))], max_turns=1)
    with pytest.raises(RuntimeError, match="on fire"):
        await team.run(task="Write!")
    kinds = {span.name: span.events[0]["attributes"]["exception.type"] for span in the_trace().data.spans}
    assert kinds == {
        "RoundRobinGroupChat": "RuntimeError",
        "writer": "openai.InternalServerError",
        "chat gpt-5-mini": "openai.InternalServerError",
    }


async def test_a_cancelled_run_is_cancelled_from_top_to_bottom(client, the_trace):
    gate, token = threading.Event(), CancellationToken()
    model = client(Reply("one two three four", hold=gate, hold_after=2))
    team = RoundRobinGroupChat([AssistantAgent("writer", model, model_client_stream=True)], max_turns=1)
    stream = team.run_stream(task="Count!", cancellation_token=token)
    async for event in stream:
        if type(event) is ModelClientStreamingChunkEvent:
            break
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stream.aclose()
    gate.set()
    assert {span.status for span in the_trace().data.spans} == {"CANCELLED"}
    assert "one" in the_trace().data.spans[0].outputs["messages"][0]["content"]
