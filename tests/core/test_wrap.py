from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import spanloom
from spanloom.agents import Adapter, NoOptions, Run
from spanloom.agents.wrap import find_adapters
from spanloom.errors import AdapterNotFoundError, AgentError
from spanloom.schemas import ResponsesAgentRequest, ResponsesAgentStreamEvent
from spanloom.testing import outline
from spanloom.tracing import TokenUsage


class Robot:
    """A native agent of an imaginary framework: its script is what it does."""

    name = "robot"

    def __init__(self, *script: Any) -> None:
        self.script = script


class RobotAdapter:
    name = "robots"
    targets = frozenset({f"{Robot.__module__}.Robot"})
    options = NoOptions

    def reentrant(self, agent: Robot) -> bool:
        return True

    def remembers(self, agent: Robot) -> bool:
        return False

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    async def events(
        self, agent: Robot, request: ResponsesAgentRequest, run: Run
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        for step in agent.script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, TokenUsage):
                run.add_usage(step)
            elif step == "interrupt":
                run.incomplete_reason = "interrupt"
            else:
                for event in run.response.text(step):
                    yield event

    async def cancel(self, run: Run) -> None:
        self.cancelled.set()


@pytest.fixture
def adapter() -> Iterator[RobotAdapter]:
    adapter: Adapter[Any] = RobotAdapter()
    find_adapters()["robots"] = adapter
    yield adapter
    del find_adapters()["robots"]


TYPES_OF_HI = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def test_a_wrapped_agent_streams_the_whole_grammar(adapter: RobotAdapter) -> None:
    agent = spanloom.wrap(Robot("h", "i", TokenUsage(3, 2)))
    events = list(agent.predict_stream({"input": "hello"}))
    assert [event.type for event in events] == TYPES_OF_HI
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response["usage"]["total_tokens"] == 5
    response = agent.predict({"input": "hello"})
    assert (response.output_text, response.status) == ("hi", "completed")
    assert not adapter.cancelled.is_set()
    assert [outline(trace) for trace in spanloom.search_traces()] == ["AGENT robot [3+2 tokens]"] * 2


def test_usage_is_null_when_nobody_told_it(adapter: RobotAdapter) -> None:
    assert spanloom.wrap(Robot("hi")).predict(input="x").usage is None
    assert spanloom.wrap(Robot("hi", TokenUsage(0, 0))).predict(input="x").usage is None


def test_a_run_that_asks_a_person_is_incomplete(adapter: RobotAdapter) -> None:
    response = spanloom.wrap(Robot("may I?", "interrupt")).predict(input="x")
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "interrupt"


def test_a_failing_agent_ends_its_stream_with_response_failed_and_then_raises(adapter: RobotAdapter) -> None:
    error = LookupError("no such tool")
    agent = spanloom.wrap(Robot("par", "tial", error))
    events: list[ResponsesAgentStreamEvent] = []
    with pytest.raises(LookupError) as caught:
        events.extend(agent.predict_stream(input="x"))
    assert caught.value is error
    assert [event.type for event in events].count("response.failed") == 1
    assert events[-1].response["error"] == {"code": "server_error", "message": "LookupError: no such tool"}
    [item] = events[-1].response["output"]
    assert (item["status"], item["content"][0]["text"]) == ("incomplete", "partial")
    with pytest.raises(LookupError):
        agent.predict(input="x")
    assert [trace.info.state for trace in spanloom.search_traces()] == ["ERROR", "ERROR"]


@pytest.mark.parametrize("steps", [1, 5])
def test_closing_a_stream_cancels_the_native_run(adapter: RobotAdapter, steps: int) -> None:
    stream: Any = spanloom.wrap(Robot("a", asyncio.Event())).predict_stream(input="x")
    for _ in range(steps):
        next(stream)
    stream.close()
    assert adapter.cancelled.is_set()
    [trace] = spanloom.search_traces()
    assert (len(trace.data.spans), trace.info.state) == (1, "CANCELLED")


def test_a_dropped_stream_cancels_the_native_run(adapter: RobotAdapter) -> None:
    for _ in spanloom.wrap(Robot("a", asyncio.Event())).predict_stream(input="x"):
        break
    assert adapter.cancelled.wait(10)
    assert spanloom.search_traces()[0].info.state == "CANCELLED"


def test_a_name_may_be_given(adapter: RobotAdapter) -> None:
    agent = spanloom.wrap(Robot("hi"), name="helper")
    assert agent.name == "helper"
    assert repr(agent) == "<WrappedAgent 'helper' (robots)>"
    assert agent.predict(input="x").model == "helper"


def test_a_standard_agent_is_returned_as_it_is(adapter: RobotAdapter) -> None:
    agent = spanloom.wrap(Robot("hi"))
    assert spanloom.wrap(agent) is agent


def test_subclasses_are_known_by_their_base_class(adapter: RobotAdapter) -> None:
    class Android(Robot):
        name = ""

    assert spanloom.wrap(Android("hi")).name == "Android"


def test_what_can_be_called_is_a_function_only_where_no_adapter_knows_its_class(adapter: RobotAdapter) -> None:
    class Called:
        def __call__(self, text: str) -> str:
            return f"called with {text}"

    class CalledRobot(Robot, Called): ...

    agents = (spanloom.wrap(Called()), spanloom.wrap(CalledRobot("ran")))
    assert [agent.predict(input="hi").output_text for agent in agents] == ["called with hi", "ran"]


def test_an_unknown_object_is_refused_with_what_is_supported() -> None:
    with pytest.raises(AdapterNotFoundError) as caught:
        spanloom.wrap(object())
    for part in ("no adapter knows builtins.object", "langgraph", "langgraph.pregel", "spanloom.agents.Adapter"):
        assert part in str(caught.value)
    assert isinstance(caught.value, TypeError)


def test_a_class_instead_of_an_instance_is_refused() -> None:
    with pytest.raises(AgentError, match=r"make an instance first, wrap\(Robot\(\.\.\.\)\)"):
        spanloom.wrap(Robot)


def test_a_conversation_grows_turn_by_turn() -> None:
    agent = spanloom.wrap(lambda messages: f"{len(messages)} messages", takes="messages")
    context = {"conversation_id": "c1"}
    answers = [agent.predict(input="hi", context=context).output_text for _ in range(4)]
    assert answers == ["1 messages", "3 messages", "5 messages", "7 messages"]
