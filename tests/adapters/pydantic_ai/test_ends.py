"""How runs end."""

from __future__ import annotations

import asyncio
import threading

import pytest
from pydantic_ai import Agent, UsageLimits
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.function import FunctionModel

import spanloom
from spanloom.agents.background import run_sync
from spanloom.testing import ErrorReply, Reply, ToolCall
from spanloom.testing.garbage import collect_garbage
from spanloom.testing.provider.replies import Usage


def again() -> str:
    """Ask me again."""
    return "again"


CALL = Reply(tool_calls=[ToolCall("again")], usage=Usage(10, 4))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (UsageLimits(request_limit=2), "max_turns"),
        (UsageLimits(tool_calls_limit=1), "max_turns"),
        (UsageLimits(total_tokens_limit=20), "max_output_tokens"),
    ],
)
def test_a_limit_ends_the_run_with_the_reason_and_its_tokens(server, agent, ask, shape, limits, reason):
    server.script(lambda _: CALL)
    response = ask(agent(again, wrap_usage_limits=limits), input="hi")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
    assert shape(response)[:2] == [("call", "{}"), ("output", "again")]
    assert response.usage.total_tokens == 28
    # The conversation is whole: it can go on.
    server.script([Reply("Fine.")])
    assert ask(agent(again), input=[*response.output, {"role": "user", "content": "Stop."}]).output_text == "Fine."


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("", finish_reason="content_filter"), "content_filter"),
        (Reply("", finish_reason="length"), "max_output_tokens"),
        (ErrorReply(400, "Too long.", code="context_length_exceeded"), "context_length_exceeded"),
    ],
)
def test_no_answer_at_all_is_incomplete_with_the_reason(server, agent, ask, reply, reason):
    server.script([reply])
    response = ask(agent(), input="hi")
    assert (response.status, response.incomplete_details.reason, response.output) == ("incomplete", reason, [])


def test_a_text_that_was_cut_off_is_an_incomplete_item(server, agent, ask):
    server.script([Reply("one two", finish_reason="length")])
    response = ask(agent(), input="Count.")
    assert [(item.status, item.content[0].text) for item in response.output] == [("incomplete", "one two")]


@pytest.mark.parametrize("wire", ["chat", "responses"])
def test_a_refusal_is_an_answer(server, agent, ask, wire):
    server.script([Reply(refusal="I can't.")])
    response = ask(agent(wire=wire), input="hi")
    (item,) = response.output
    assert (response.status, item.status) == ("completed", "completed")
    assert item.content[0].refusal == "I can't."


def test_the_providers_error_keeps_its_type(server, agent, ask):
    server.script([ErrorReply(429, "slow down")])
    with pytest.raises(ModelHTTPError, match="slow down"):
        ask(agent(), input="hi")


def test_a_run_waits_for_its_reader_and_is_stopped_with_it():
    said = []

    async def speak(_messages, _info):
        for number in range(2000):
            said.append(number)
            yield f"{number} "

    stream = spanloom.wrap(Agent(FunctionModel(stream_function=speak))).predict_stream(input="Count.")
    words = (event.delta for event in stream if event.type == "response.output_text.delta")
    assert [next(words) for _ in range(200)] == [f"{number} " for number in range(200)]
    run_sync(_steps(10_000))
    assert len(said) < 1000
    stream.close()
    assert run_sync(_unfinished_tasks()) == set()


def test_closing_a_stream_stops_an_asynchronous_tool(server, agent):
    begun, stopped = threading.Event(), threading.Event()

    async def work() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    server.script([Reply(tool_calls=[ToolCall("work")])])
    stream = agent(work).predict_stream(input="hi")
    next(event for event in stream if event.type == "response.output_item.done")
    assert begun.wait(5)
    stream.close()
    assert stopped.wait(5)
    assert run_sync(_unfinished_tasks()) == set()


def test_a_model_that_fails_while_it_is_stopped_disturbs_nobody(caplog):
    async def speak(_messages, _info):
        yield "Wait"
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError("can't clean up")

    stream = spanloom.wrap(Agent(FunctionModel(stream_function=speak))).predict_stream(input="hi")
    next(event for event in stream if event.type == "response.output_text.delta")
    run_sync(_steps(100))
    stream.close()
    assert run_sync(_unfinished_tasks()) == set()
    collect_garbage()  # then asyncio would tell of an error that nobody looked at
    assert caplog.messages == []


async def _steps(count: int) -> None:
    """Let the agents' loop take some steps."""
    for _ in range(count):
        await asyncio.sleep(0)


async def _unfinished_tasks() -> set[str]:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    pending = (await asyncio.wait(others, timeout=5))[1] if others else set()
    return {repr(task) for task in pending}
