"""Streamed runs: a task in the background, whose events somebody may or may not read."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from agents import (
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    Runner,
    function_tool,
    input_guardrail,
)
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline
from spanloom.testing.garbage import collect_garbage

USAGE = Usage(7, 3)
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=USAGE)
ANSWER = Reply("Sunny.", usage=USAGE)


async def consume(result: Any) -> None:
    async for _ in result.stream_events():
        assert spanloom.get_current_active_span() is None


def test_a_stream_that_nobody_reads_ends_with_its_task(agent, in_loop, the_trace):
    async def go() -> None:
        await Runner.run_streamed(agent(ANSWER), "hi").run_loop_task

    in_loop(go())
    assert outline(the_trace()) == snapshot("""\
AGENT agent [7+3 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")


def test_a_stream_that_is_cancelled_keeps_what_came(agent, in_loop, the_trace):
    gate = threading.Event()

    async def go() -> None:
        result = Runner.run_streamed(agent(Reply("one two three", hold=gate, hold_after=2)), "count")
        async for event in result.stream_events():
            if getattr(getattr(event, "data", None), "delta", None) == "two ":
                result.cancel()

    try:
        in_loop(go())
    finally:
        gate.set()
    assert outline(the_trace()) == snapshot("""\
AGENT agent (CANCELLED: CancelledError)
  TASK turn 1 (CANCELLED: CancelledError)
    CHAT_MODEL chat gpt-5-mini (CANCELLED: CancelledError)\
""")
    (model,) = the_trace().search_spans(span_type="CHAT_MODEL")
    assert model.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}


def test_a_stream_that_is_stopped_after_the_turn_is_no_failure(agent, in_loop, get_weather, the_trace):
    async def go() -> None:
        result = Runner.run_streamed(agent(CALL, tools=[get_weather]), "Paris?")
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                result.cancel(mode="after_turn")

    in_loop(go())
    assert outline(the_trace()) == snapshot("""\
AGENT agent [7+3 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather\
""")


def test_a_failure_that_nobody_sees_is_still_told_by_the_event_loop(agent, in_loop, the_trace):
    told: list[dict[str, Any]] = []

    async def go() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        result = Runner.run_streamed(agent(ErrorReply(500, "on fire")), "hi")
        await asyncio.wait([result.run_loop_task])
        del result
        collect_garbage()

    in_loop(go())
    assert [context["message"] for context in told] == ["Task exception was never retrieved"]
    assert "on fire" in the_trace().data.spans[0].status_message


def test_too_many_turns(agent, in_loop, get_weather, the_trace):
    async def go() -> None:
        await consume(Runner.run_streamed(agent(CALL, tools=[get_weather]), "Paris?", max_turns=1))

    with pytest.raises(MaxTurnsExceeded):
        in_loop(go())
    assert the_trace().data.spans[0].status_message == "MaxTurnsExceeded: Max turns (1) exceeded"


def test_a_guardrail_that_trips(agent, in_loop, the_trace):
    @input_guardrail
    async def polite(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(None, tripwire_triggered=True)

    async def go() -> None:
        await consume(Runner.run_streamed(agent(ANSWER, input_guardrails=[polite]), "!"))

    with pytest.raises(InputGuardrailTripwireTriggered):
        in_loop(go())
    assert the_trace().data.spans[0].status_message.startswith("InputGuardrailTripwireTriggered")
    assert the_trace().search_spans(span_type="GUARDRAIL")[0].outputs == {"tripwire_triggered": True}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stream_whose_loop_is_gone(agent, the_trace, caplog):
    @function_tool
    async def get_weather(city: str) -> str:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def begin() -> None:
        Runner.run_streamed(agent(CALL, tools=[get_weather]), "Paris?")

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    loop.close()
    del loop
    collect_garbage()
    (root, *_) = the_trace().data.spans
    assert (root.status, root.attributes["spanloom.stream.end"]) == ("CANCELLED", "abandoned")
