"""Runs that fail or are stopped: the native exception, one terminal event, and a clean agent afterwards."""

from __future__ import annotations

import asyncio
import gc
import threading

from spanloom.agents.background import run_sync
from spanloom.instrument import autolog
from spanloom.testing.adapter_conformance.case import Case
from spanloom.testing.adapter_conformance.content import ANSWER, CALL
from spanloom.testing.adapter_conformance.scenario import ALL_WAYS, STREAMS, scenario
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.tracing import search_traces

__all__: list[str] = []

_LONG = "one two three four five six seven eight nine ten"
_PATIENCE = 30
"""Seconds after which something that should have happened counts as missing."""


@scenario()
def model_error(case: Case) -> None:
    """The model answers 500: the exception says so, a stream ends with `response.failed`, the next request is fine."""
    server = case.server(ErrorReply(500, "the model is on fire"), ANSWER)
    agent = case.agent(server)
    error = case.failure(agent, "hi")
    assert "the model is on fire" in str(error), error
    assert not type(error).__module__.startswith("spanloom"), f"the native exception was expected, not {error!r}"
    if case.way.streaming and case.way.schema == "responses":
        assert [event.type for event in case.events][-1] == "response.failed"
        assert "the model is on fire" in case.events[-1].response["error"]["message"]
    assert case.ask(agent, "hi").text == "It is sunny."


@scenario(ways=STREAMS)
def mid_stream_break(case: Case) -> None:
    """The connection drops in the middle of the answer: what had come stays, and is incomplete."""
    server = case.server(Reply("one two three four", break_after=2), ANSWER)
    agent = case.agent(server)
    case.failure(agent, "hi")
    if case.way.schema == "responses" and not case.lacks("token_streaming"):
        response = case.events[-1].response
        assert (case.events[-1].type, response["status"]) == ("response.failed", "failed")
        (message,) = response["output"]
        assert (message["status"], message["content"][0]["text"]) == ("incomplete", "one two "), message
    assert case.ask(agent, "hi").text == "It is sunny."


@scenario("tools")
def tool_error(case: Case) -> None:
    """A tool raises: the run fails with it, or the model is told."""

    def get_weather(city: str) -> str:
        """Tell the weather."""
        raise LookupError(f"no such city: {city}")

    agent = case.agent(case.server(CALL, ANSWER), get_weather)
    if case.driver.tool_errors == "raised":
        assert isinstance(case.failure(agent, "Paris?"), LookupError)
        return
    answer = case.ask(agent, "Paris?")
    call, result, said = answer.parts
    assert call == ("call", "get_weather", {"city": "Paris"})
    assert result[:2] == ("result", "get_weather")
    assert "Traceback" not in result[2], "a traceback tells the client about the server"
    assert said == ("text", "It is sunny.")


@scenario(ways=tuple(way for way in STREAMS if not way.asynchronous))
def closed_stream(case: Case) -> None:
    """Closing a stream stops the model call; no task and no span is left, and the agent is clean afterwards."""
    autolog()
    gate = threading.Event()
    server = case.server(Reply(_LONG, hold=gate, hold_after=2), ANSWER)
    agent = case.agent(server)
    before = run_sync(_tasks())
    try:
        stream = agent.predict_stream(case.request("count"))
        for _ in stream:
            if server.requests:
                break
        stream.close()
        assert server.requests[0].closed_early.wait(_PATIENCE), "the model still talks"
        left = run_sync(_end_of_tasks_but(before))
        assert not left, f"still running: {left}"
    finally:
        gate.set()
    (trace,) = search_traces()
    known = {span.span_id for span in trace.data.spans}
    assert not [span.name for span in trace.data.spans if span.parent_id is not None and span.parent_id not in known]
    assert trace.info.state == "CANCELLED", trace.info.state
    assert case.ask(agent, "hi").text == "It is sunny."


async def _tasks() -> set[asyncio.Task[object]]:
    """Return the tasks of the agents' loop."""
    return asyncio.all_tasks() - {asyncio.current_task()}


async def _end_of_tasks_but(before: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    """Give the tasks that began since the chance to end, and return those that do not."""
    since = await _tasks() - before
    return (await asyncio.wait(since, timeout=_PATIENCE))[1] if since else since


@scenario(ways=tuple(way for way in STREAMS if not way.asynchronous))
def dropped_stream(case: Case) -> None:
    """So does dropping it, and nothing waits for the garbage collector."""
    gate = threading.Event()
    server = case.server(Reply(_LONG, hold=gate, hold_after=2), ANSWER)
    agent = case.agent(server)
    gc.disable()
    try:
        for _ in agent.predict_stream(case.request("count")):
            if server.requests:
                break
        assert server.requests[0].closed_early.wait(_PATIENCE), "the model still talks"
        assert case.ask(agent, "hi").text == "It is sunny."
    finally:
        gc.enable()
        gate.set()


@scenario(ways=tuple(way for way in ALL_WAYS if way.asynchronous))
def cancelled(case: Case) -> None:
    """Cancelling the caller's task stops the model call."""
    asked, gate = threading.Event(), threading.Event()
    answers = iter([Reply(_LONG, hold=gate), ANSWER])

    def think(_: object) -> Reply:
        asked.set()
        return next(answers)

    server = case.server(script=think)
    agent = case.agent(server)

    async def cancel() -> None:
        task = asyncio.create_task(case.ask_async(agent, "count"))
        await asyncio.to_thread(asked.wait, _PATIENCE)
        task.cancel()
        await asyncio.wait([task], timeout=_PATIENCE)
        assert task.cancelled(), task

    try:
        asyncio.run(cancel())
        assert server.requests[0].closed_early.wait(_PATIENCE), "the model still talks"
    finally:
        gate.set()
    assert case.ask(agent, "hi").text == "It is sunny."
