from __future__ import annotations

import asyncio
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.workflow import (
    Context,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
    Workflow,
    step,
)

import spanloom
from spanloom.agents import SqliteConversations
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall

C1 = {"conversation_id": "c1"}


async def confirm(ctx: Context, what: str) -> str:
    """Ask the user."""
    question = InputRequiredEvent(prefix=f"{what}?", what=what)
    answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=question, requirements={"what": what})
    return f"user said {answer.response}"


confirm.__annotations__["ctx"] = Context  # LlamaIndex does not resolve it


def look_up() -> str:
    """Look something up."""
    return "found"


class Question(InputRequiredEvent):
    text: str


class Answer(HumanResponseEvent):
    name: str


class Greeter(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> Question:
        return Question(text="Your name?")

    @step
    async def greet(self, ev: Answer) -> StopEvent:
        return StopEvent(result=f"Hello {ev.name}.")


@pytest.fixture(params=["agent", "workflow of agents"])
def make_agent(request, server, model):
    calls = [ToolCall("confirm", {"what": "Delete"}, "call_1"), ToolCall("look_up", {}, "call_2")]
    server.script([Reply("Wait.", tool_calls=calls), Reply("Done."), Reply("Bye.")])

    def make(**options: Any):
        agent = FunctionAgent(name="cleaner", llm=model(), tools=[confirm, look_up])
        return spanloom.wrap(agent if request.param == "agent" else AgentWorkflow([agent]), name="a", **options)

    return make


def test_a_question_of_a_tool_is_answered_by_the_next_message_in_another_process(
    make_agent, server, ask, shape, tmp_path
):
    first = ask(make_agent(conversations=SqliteConversations(tmp_path / "c.db")), input="Clean up.", context=C1)
    assert (first.status, first.incomplete_details.reason) == ("incomplete", "interrupt")
    assert shape(first) == [
        ("message", "Wait."),
        ("confirm", '{"what": "Delete"}'),
        ("look_up", "{}"),
        ("function_call_output", "found"),
    ]
    [question] = first.custom_outputs["interrupts"]
    assert question["value"] == {"prefix": "Delete?", "what": "Delete"}
    assert first.custom_outputs["resumable"] is True

    second = make_agent(conversations=SqliteConversations(tmp_path / "c.db"))
    server.script([Reply("Done."), Reply("Bye.")])
    done = ask(second, input="yes", context=C1)
    assert shape(done) == [("function_call_output", "user said yes"), ("message", "Done.")]
    sent = server.requests[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool"]

    assert ask(second, input="Thanks.", context=C1).output_text == "Bye."
    roles = [message["role"] for message in server.requests[-1].body["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "user", "assistant", "user"]


def test_a_question_between_two_steps_is_answered(ask, shape):
    agent = spanloom.wrap(Greeter())
    first = ask(agent, input="hi", context=C1)
    assert (first.output, first.custom_outputs["interrupts"]) == ([], [{"id": "question_1", "value": "Your name?"}])
    assert shape(ask(agent, input="Ann", context=C1)) == [("message", "Hello Ann.")]
    ask(agent, input="hi", context=C1)
    resumed = ask(agent, input="", custom_inputs={"resume": {"name": "Bob"}}, context=C1)
    assert shape(resumed) == [("message", "Hello Bob.")]


def test_several_questions_are_answered_by_their_ids(server, model, ask, shape):
    server.script(
        [Reply(tool_calls=[ToolCall("confirm", {"what": "A"}), ToolCall("confirm", {"what": "B"})]), Reply("Done.")]
    )
    agent = spanloom.wrap(FunctionAgent(llm=model(), tools=[confirm]))
    pending = ask(agent, input="Go.", context=C1).custom_outputs["interrupts"]
    with pytest.raises(AgentError, match="waits for answers to 2 question"):
        agent.predict(input="yes", context=C1)
    answers = {question["id"]: f"{question['value']['what']}!" for question in pending}
    response = ask(agent, input="", custom_inputs={"resume": answers}, context=C1)
    assert {text for kind, text in shape(response) if kind == "function_call_output"} == {
        "user said A!",
        "user said B!",
    }


def test_answering_what_does_not_wait_is_an_error(model):
    agent = spanloom.wrap(FunctionAgent(llm=model()))
    with pytest.raises(AgentError, match="no question waits in this conversation"):
        agent.predict(input="", custom_inputs={"resume": "yes"}, context=C1)
    with pytest.raises(AgentError, match="LlamaIndex has no approvals"):
        agent.predict(input=[{"type": "mcp_approval_response", "approval_request_id": "x", "approve": True}])


class Stubborn(Greeter):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Question:
        await ctx.store.set("lock", asyncio.Lock())
        return Question(text="Your name?")


@pytest.mark.parametrize(("workflow", "context"), [(Stubborn(), C1), (Greeter(), None)])
def test_what_can_not_be_kept_is_not_resumable(ask, workflow, context):
    response = ask(spanloom.wrap(workflow), input="hi", **({"context": context} if context else {}))
    assert response.custom_outputs["resumable"] is False
