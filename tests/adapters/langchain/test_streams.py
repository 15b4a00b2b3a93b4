from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from langchain.agents import create_agent
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool

import spanloom
from spanloom.agents.background import run_sync
from spanloom.testing import ErrorReply, Reply, ToolCall, outline
from spanloom.testing.grammar import check_events


@pytest.fixture(params=["graph", "chat model", "runnable"])
def agent(request, chat_model, wire):
    model = chat_model(wire)
    match request.param:
        case "graph":
            return spanloom.wrap(create_agent(model, [], name="agent"))
        case "chat model":
            return spanloom.wrap(model)
        case _:
            return spanloom.wrap(ChatPromptTemplate([("user", "{question}")]) | model)


def unfinished_tasks() -> set[str]:
    """Wait for the tasks of the agents' loop; return those that did not end."""

    async def wait() -> set[str]:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        pending = (await asyncio.wait(others, timeout=5))[1] if others else set()
        return {repr(task) for task in pending}

    return run_sync(wait())


def test_text_comes_while_the_model_still_writes(server, agent):
    gate = threading.Event()
    server.script([Reply("one two three", hold=gate, hold_after=2)])
    stream = agent.predict_stream(input="Count.")
    deltas = (event.delta for event in stream if event.type == "response.output_text.delta")
    assert [next(deltas), next(deltas)] == ["one ", "two "]
    gate.set()
    assert list(deltas) == ["three"]


def test_closing_a_stream_stops_the_run_at_once(server, agent):
    server.script([Reply("one two three", hold=threading.Event(), hold_after=1)])
    stream = agent.predict_stream(input="Count.")
    next(event for event in stream if event.type == "response.output_text.delta")
    stream.close()
    assert server.requests[0].closed_early.wait(5)
    assert unfinished_tasks() == set()
    trace = spanloom.get_trace(spanloom.get_last_active_trace_id())
    assert "CANCELLED" in outline(trace).splitlines()[0]


def test_closing_an_asynchronous_stream_stops_the_run_at_once(server, agent):
    server.script([Reply("one two three", hold=threading.Event(), hold_after=1)])

    async def begin_and_close():
        stream = agent.apredict_stream(input="Count.")
        async for event in stream:
            if event.type == "response.output_text.delta":
                break
        await stream.aclose()

    asyncio.run(begin_and_close())
    assert server.requests[0].closed_early.wait(5)
    assert unfinished_tasks() == set()


def test_a_cancelled_call_stops_the_run_at_once(server, agent):
    asked = threading.Event()

    def respond(request):
        asked.set()
        return Reply("one two three", hold=threading.Event())

    server.script(respond)

    async def begin_and_cancel():
        call = asyncio.ensure_future(agent.apredict(input="Count."))
        assert await asyncio.to_thread(asked.wait, 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(begin_and_cancel())
    assert server.requests[0].closed_early.wait(5)
    assert unfinished_tasks() == set()


def test_a_stream_that_breaks_fails_and_then_raises_the_native_error(server, agent):
    server.script([Reply("one two three", break_after=2)])
    # Clients differ in what they make of a dropped connection.
    check_broken(agent, r"incomplete chunked read|Connection error")


# On the other wire, older versions of langchain-openai take the error for the end of the answer.
@pytest.mark.parametrize("wire", ["chat"])
def test_an_error_in_the_middle_of_a_stream_fails_and_then_raises_the_native_error(server, agent):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))])
    check_broken(agent, "overloaded")


def check_broken(agent, message: str):
    events = []
    with pytest.raises(Exception, match=message):
        collect(agent, events)
    response = check_events(events)
    assert response["status"] == "failed"
    [item] = response["output"]
    assert (item["status"], item["content"][0]["text"]) == ("incomplete", "one two ")
    assert response["error"]["message"]


def collect(agent, events):
    for event in agent.predict_stream(input="Count."):
        events.append(event)


def test_an_error_of_the_provider_keeps_its_type(server, agent, ask):
    server.script([ErrorReply(429, "slow down")])
    with pytest.raises(openai.RateLimitError, match="slow down"):
        ask(agent, input="hi")


def test_an_error_of_a_tool_keeps_its_type(server, chat_model, ask):
    @tool
    def fail() -> str:
        """Fail."""
        raise ZeroDivisionError("oops")

    server.script([Reply(tool_calls=[ToolCall("fail", {})])])
    with pytest.raises(ZeroDivisionError, match="oops"):
        ask(spanloom.wrap(create_agent(chat_model(), [fail])), input="hi")


@pytest.mark.parametrize(("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_an_answer_that_was_cut_off_is_incomplete_with_the_reason(server, agent, ask, finish, reason):
    server.script([Reply("one two", finish_reason=finish)])
    response = ask(agent, input="Count.")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
    assert response.output_text == "one two"
    assert response.output[0].status == "incomplete"


def test_too_long_an_input_is_incomplete_with_the_reason(server, agent, ask):
    server.script([ErrorReply(400, "Too long.", code="context_length_exceeded")])
    response = ask(agent, input="long")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "context_length_exceeded")


def test_too_many_turns_are_incomplete_with_the_reason(server, chat_model, ask, shape):
    @tool
    def again() -> str:
        """Ask me again."""
        return "again"

    server.script(lambda request: Reply(tool_calls=[ToolCall("again", {})]))
    graph = create_agent(chat_model(), [again]).with_config(recursion_limit=4)
    response = ask(spanloom.wrap(graph), input="hi")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_turns")
    assert shape(response) == [("function_call", "{}"), ("function_call_output", "again")] * 2


def test_an_agent_answers_twice_in_a_row_from_threads_and_inside_a_running_loop(agent):
    async def inside():
        return [agent.predict(input="b").output_text, (await agent.apredict(input="b")).output_text]

    texts = [agent.predict(input="a").output_text, agent.predict(input="a").output_text]
    texts += asyncio.run(inside()) + asyncio.run(inside())
    with ThreadPoolExecutor(2) as pool:
        texts += pool.map(lambda text: agent.predict(input=text).output_text, "cd")
    assert texts == [f"echo: {letter}" for letter in "aabbbbcd"]
