"""Runs that are stopped: nothing goes on, and the next request finds a clean agent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, ModelClientStreamingChunkEvent, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

import spanloom
from spanloom.agents.background import run_sync
from spanloom.testing import Reply, ToolCall
from spanloom.testing.garbage import collect_garbage


async def tasks() -> int:
    """Return how many tasks the agents' loop has, besides this one."""
    return len(asyncio.all_tasks()) - 1


@pytest.fixture(params=["agent", "team"])
def wrapped(request, assistant):
    def wrapped(**options):
        ann = assistant("ann", **options)
        team = RoundRobinGroupChat([ann, assistant("bob")], max_turns=2)
        return spanloom.wrap(ann if request.param == "agent" else team)

    return wrapped


def whole(response) -> bool:
    """Whether everybody spoke."""
    names = [item.get("name") for item in response.model_dump()["output"]]
    return names in ([None], ["ann", "bob"])


def test_a_stream_closed_in_the_middle_of_an_answer(wrapped, server):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate, hold_after=1), Reply("fine"), Reply("fine")])
    agent = wrapped()
    stream = agent.predict_stream({"input": "count"})
    assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "one "
    stream.close()
    assert server.requests[0].closed_early.wait(10)
    gate.set()
    assert run_sync(tasks()) == 0
    assert whole(agent.predict({"input": "hi"}))


def test_a_stream_closed_while_a_tool_works(wrapped, server):
    started, ended = threading.Event(), threading.Event()

    async def work() -> str:
        """Work for ever."""
        started.set()
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    server.script([Reply(tool_calls=[ToolCall("work", {})]), Reply("fine"), Reply("fine")])
    agent = wrapped(tools=[work])
    stream = agent.predict_stream({"input": "go"})
    assert next(event for event in stream if event.type == "response.output_item.done")
    assert started.wait(10)
    stream.close()
    assert ended.wait(10)
    assert run_sync(tasks()) == 0
    assert whole(agent.predict({"input": "hi"}))


def test_an_agent_waits_for_its_reader_and_is_stopped_with_it():
    said = []

    class Counter(BaseChatAgent):
        produced_message_types = (TextMessage,)

        async def on_messages(self, messages: Sequence[BaseChatMessage], token: CancellationToken) -> Response:
            raise NotImplementedError

        async def on_messages_stream(self, messages: Sequence[BaseChatMessage], token: CancellationToken):
            for number in range(10_000):
                said.append(number)
                yield ModelClientStreamingChunkEvent(content=f"{number} ", source=self.name)
            yield Response(chat_message=TextMessage(content="done", source=self.name))

        async def on_reset(self, token: CancellationToken) -> None: ...

    stream = spanloom.wrap(Counter("counter", "Counts.")).predict_stream({"input": "Count."})
    words = (event.delta for event in stream if event.type == "response.output_text.delta")
    assert [next(words) for _ in range(200)] == [f"{number} " for number in range(200)]
    assert len(said) < 1000
    stream.close()
    assert run_sync(tasks()) == 0


def test_an_agent_that_fails_while_it_is_stopped_disturbs_nobody(caplog):
    begun = threading.Event()

    class Worker(BaseChatAgent):
        produced_message_types = (TextMessage,)

        async def on_messages(self, messages: Sequence[BaseChatMessage], token: CancellationToken) -> Response:
            begun.set()
            try:
                return await asyncio.get_running_loop().create_future()
            finally:
                raise LookupError("can't clean up")

        async def on_reset(self, token: CancellationToken) -> None: ...

    stream = spanloom.wrap(Worker("worker", "Works.")).predict_stream({"input": "go"})
    next(stream)
    assert begun.wait(10)
    stream.close()
    assert run_sync(tasks()) == 0
    collect_garbage()  # then asyncio would tell of an error that nobody looked at
    assert caplog.messages == []


def test_a_run_that_takes_too_long(assistant, server):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate)])
    team = RoundRobinGroupChat([assistant("ann")], max_turns=1)
    with pytest.raises(spanloom.errors.AgentTimeoutError):
        spanloom.wrap(team, timeout=0.3).predict({"input": "hi"})
    assert server.requests[0].closed_early.wait(10)
    gate.set()
    assert run_sync(tasks()) == 0
