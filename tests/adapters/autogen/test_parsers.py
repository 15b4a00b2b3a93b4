"""The converters for loops of one's own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat

from spanloom.agents.background import run_sync
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import Reply, ToolCall, Usage, check_events
from spanloom_adapters.autogen import to_chat_agent, to_responses_events, to_responses_items


def look() -> str:
    """Look."""
    return "sun"


@pytest.fixture
def team(assistant, server):
    server.script(
        [Reply(tool_calls=[ToolCall("look", {}, id="c1")], usage=Usage(5, 1)), Reply("Sunny.", usage=Usage(7, 2))]
    )
    return RoundRobinGroupChat([assistant("ann", tools=[look])], max_turns=1)


EXPECTED = [("call", "look"), ("result", "sun"), ("message", "ann", "Sunny.")]


def test_a_task_result_as_items(team, said):
    result = run_sync(team.run(task="hi"))
    assert said({"output": to_responses_items(result)}) == EXPECTED
    assert to_responses_items(result.messages)[0]["call_id"] == "c1"


def test_a_task_result_as_a_chat_agents_answer(team):
    response = to_chat_agent(run_sync(team.run(task="hi")))
    assert [message.role for message in response.messages] == ["assistant", "tool", "assistant"]
    assert response.messages[-1].name == "ann"
    assert response.usage.total_tokens == 15


def test_a_stream_as_events(team, said):
    async def collect():
        return [event async for event in to_responses_events(team.run_stream(task="hi"), model="m")]

    events = run_sync(collect())
    check_events(events)
    response = reduce_stream(events).model_dump(exclude_none=True)
    assert (response["model"], said(response)) == ("m", EXPECTED)


def test_a_stream_that_fails_ends_with_a_failed_response_and_raises():
    async def broken():
        yield TextMessage(content="Hello.", source="greeter")
        raise LookupError("no more")

    events = []

    async def collect():
        async for event in to_responses_events(broken()):
            events.append(event)  # noqa: PERF401 - those before the failure count

    with pytest.raises(LookupError):
        run_sync(collect())
    check_events(events)
    assert (events[-1].type, events[-1].response["error"]["message"]) == ("response.failed", "LookupError: no more")


def test_importing_the_adapter_imports_no_framework():
    program = (
        "import sys, spanloom_adapters.autogen as package; package.adapter; "
        "sys.exit(any(name.startswith(('autogen', 'openai')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
