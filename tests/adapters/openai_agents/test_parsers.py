"""Items, events and messages for people who run agents themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest
from agents import Runner, function_tool
from openai import APIError

from spanloom.agents.background import run_sync
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage
from spanloom.testing.grammar import check_events
from spanloom_adapters.openai_agents import to_chat_agent, to_responses_events, to_responses_items

SCRIPT = (
    Reply("One moment.", tool_calls=[ToolCall("transfer_to_weather", {})], usage=Usage(10, 4)),
    Reply("It is sunny.", usage=Usage(30, 5)),
)
SAID = [
    ("desk", "One moment."),
    ("function_call", "transfer_to_weather", "{}"),
    ("function_call_output", '{"assistant": "weather"}'),
    ("weather", "It is sunny."),
]


@pytest.fixture
def desk(make_agent, wire):
    return make_agent(wire, "desk", handoffs=[make_agent(wire, "weather")])


async def collect(result):
    return [event async for event in to_responses_events(result)]


def test_a_result_as_items_and_as_chat_messages(server, desk, shape):
    server.enqueue(*SCRIPT)
    result = run_sync(Runner.run(desk, "Paris?"))
    assert shape(to_responses_items(result)) == SAID
    answer = to_chat_agent(result)
    assert [(message.role, message.name) for message in answer.messages if message.content] == [
        ("assistant", "desk"),
        ("tool", "transfer_to_weather"),
        ("assistant", "weather"),
    ]
    assert (answer.finish_reason, answer.usage.total_tokens) == ("stop", 49)


def test_a_streamed_run_as_events(server, desk, shape):
    server.enqueue(*SCRIPT)

    async def run():
        return await collect(Runner.run_streamed(desk, "Paris?"))

    events = run_sync(run())
    assert check_events(events)["usage"]["total_tokens"] == 49
    assert shape(reduce_stream(events).model_dump()["output"]) == SAID


def test_a_streamed_run_that_fails_ends_with_that(server, desk):
    server.enqueue(ErrorReply(500, "the model is on fire"))
    events = []

    async def run():
        async for event in to_responses_events(Runner.run_streamed(desk, "Paris?")):
            events.append(event)  # noqa: PERF401 - also what came before the failure

    with pytest.raises(APIError, match="the model is on fire"):
        run_sync(run())
    assert check_events(events)["status"] == "failed"


def test_a_result_that_waits_says_so(server, make_agent, shape):
    @function_tool(needs_approval=True)
    def send(to: str) -> str:
        """Send a mail."""
        return "sent"

    async def run():
        result = await Runner.run(agent, "Write her.")
        asked = shape(to_responses_items(result)), to_chat_agent(result).finish_reason
        state = result.to_state()
        state.approve(result.interruptions[0])
        return asked, shape(to_responses_items(await Runner.run(agent, state)))

    server.enqueue(Reply(tool_calls=[ToolCall("send", {"to": "ann"})]), Reply("Done."))
    agent = make_agent(tools=[send])
    (asked, finish), done = run_sync(run())
    call = ("function_call", "send", '{"to": "ann"}')
    assert (asked, finish) == ([call, ("mcp_approval_request", "send", '{"to": "ann"}')], "interrupt")
    assert done == [call, ("function_call_output", "sent"), (None, "Done.")]


def test_the_package_can_be_imported_without_the_framework():
    code = "import sys, spanloom_adapters.openai_agents; sys.exit('agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
