from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall

C1 = {"conversation_id": "c1"}


@tool
def delete(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


@pytest.fixture
def approval_agent(server, chat_model):
    calls = [ToolCall("delete", {"path": "a"}, "call_a"), ToolCall("delete", {"path": "b"}, "call_b")]
    server.script([Reply(tool_calls=calls), Reply("Done.")])

    def make(checkpointer: Any = None):
        middleware = [HumanInTheLoopMiddleware(interrupt_on={"delete": True})]
        return spanloom.wrap(
            create_agent(chat_model(), [delete], name="cleaner", middleware=middleware, checkpointer=checkpointer)
        )

    return make


def approvals(response) -> list[dict[str, Any]]:
    return [item.model_dump() for item in response.output if item.type == "mcp_approval_request"]


def answer(request: dict[str, Any], *, approve: bool, **fields: Any) -> dict[str, Any]:
    return {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": approve, **fields}


def test_calls_that_need_approval_are_pending_items(approval_agent, ask, shape):
    response = ask(approval_agent(InMemorySaver()), input="Clean up.", context=C1)
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "interrupt"
    assert shape(response) == [
        ("function_call", '{"path": "a"}'),
        ("function_call", '{"path": "b"}'),
        ("mcp_approval_request", '{"path": "a"}'),
        ("mcp_approval_request", '{"path": "b"}'),
    ]
    assert {item["server_label"] for item in approvals(response)} == {"cleaner"}
    [pending] = response.custom_outputs["interrupts"]
    assert pending["value"]["review_configs"][0]["action_name"] == "delete"
    assert response.custom_outputs["resumable"] is True


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({"approve": True}, "deleted a"),
        ({"approve": True, "arguments": '{"path": "c"}'}, "deleted c"),
        ({"approve": True, "arguments": {"path": "c"}}, "deleted c"),
        ({"approve": False, "reason": "keep it"}, "keep it"),
    ],
)
def test_approving_editing_or_rejecting_resumes_the_run(approval_agent, ask, server, decision, expected):
    checkpointer = InMemorySaver()
    first = ask(approval_agent(checkpointer), input="Clean up.", context=C1)
    one, two = approvals(first)
    # Another process: another graph with the same store, answers in another order.
    second = ask(
        approval_agent_again(approval_agent, checkpointer, server),
        input=[answer(two, approve=True), answer(one, **decision)],
        context=C1,
    )
    assert second.status == "completed"
    outputs = {item.call_id: item.output for item in second.output if item.type == "function_call_output"}
    assert expected in outputs["call_a"]
    assert outputs["call_b"] == "deleted b"
    assert [item.type for item in second.output].count("function_call") == 0
    assert second.output_text == "Done."


def approval_agent_again(make, checkpointer, server):
    server.script([Reply("Done.")])
    return make(checkpointer)


@pytest.mark.parametrize("arguments", ["{bad", "[1]"])
def test_edited_arguments_that_are_no_json_object_are_refused(approval_agent, arguments):
    agent = approval_agent(InMemorySaver())
    one, two = approvals(agent.predict(input="Clean up.", context=C1))
    answers = [answer(one, approve=True, arguments=arguments), answer(two, approve=True)]
    with pytest.raises(AgentError, match=f"{one['id']}.*JSON object"):
        agent.predict(input=answers, context=C1)
    answers[0] = answer(one, approve=True)
    assert agent.predict(input=answers, context=C1).output_text == "Done."


def test_the_answer_may_come_after_the_whole_history(approval_agent):
    agent = approval_agent(InMemorySaver())
    first = agent.predict(input="Clean up.", context=C1)
    history = [{"role": "user", "content": "Clean up."}, *(item.model_dump() for item in first.output)]
    history += [answer(request, approve=True) for request in approvals(first)]
    assert agent.predict(input=history, context=C1).output_text == "Done."


def test_the_native_answer_may_be_a_custom_input(approval_agent):
    agent = approval_agent(InMemorySaver())
    first = agent.predict(input="Clean up.")
    assert first.status == "incomplete"
    resume = {"decisions": [{"type": "approve"}, {"type": "approve"}]}
    # A request that named no conversation is told the one it can be resumed in.
    context = {"conversation_id": first.custom_outputs["conversation_id"]}
    assert agent.predict(input="", custom_inputs={"resume": resume}, context=context).output_text == "Done."


@pytest.mark.parametrize("answered", [0, 1])
def test_what_still_waits_for_approval_is_named(approval_agent, answered: int):
    agent = approval_agent(InMemorySaver())
    one, two = approvals(agent.predict(input="Clean up.", context=C1))
    items = [answer(one, approve=True)] if answered else [{"role": "user", "content": "Well?"}]
    with pytest.raises(AgentError, match=f"waits for approval: .*{two['id']}"):
        agent.predict(input=items, context=C1)


def test_an_interrupt_without_a_checkpointer_says_that_it_can_not_be_resumed(approval_agent, ask):
    agent = approval_agent()
    response = ask(agent, input="Clean up.", context=C1)
    assert response.status == "incomplete"
    assert response.custom_outputs["resumable"] is False
    with pytest.raises(AgentError, match="compile it with one"):
        agent.predict(input=[answer(approvals(response)[0], approve=True)], context=C1)


def test_resuming_without_a_conversation_or_an_interrupt_is_an_error(approval_agent):
    agent = approval_agent(InMemorySaver())
    with pytest.raises(AgentError, match="names no conversation"):
        agent.predict(input="", custom_inputs={"resume": "yes"})
    with pytest.raises(AgentError, match="no interrupt is pending"):
        agent.predict(input="", custom_inputs={"resume": "yes"}, context=C1)


@pytest.fixture
def question_agent():
    def ask_name(state):
        return {"messages": [AIMessage(f"Hello {interrupt('Your name?')}.")]}

    graph = StateGraph(MessagesState).add_node(ask_name).add_edge(START, "ask_name")
    return spanloom.wrap(graph.compile(checkpointer=InMemorySaver()))


@pytest.mark.parametrize("request_", [{"input": "Ann"}, {"input": "", "custom_inputs": {"resume": "Ann"}}])
def test_a_question_is_answered_by_text_or_custom_input(question_agent, ask, shape, request_):
    first = ask(question_agent, input="hi", context=C1)
    [question] = first.custom_outputs["interrupts"]
    assert (first.status, first.output, question["value"]) == ("incomplete", [], "Your name?")
    second = ask(question_agent, **request_, context=C1)
    assert (second.status, shape(second)) == ("completed", [("message", "Hello Ann.")])


def test_several_questions_are_answered_by_their_ids():
    class State(TypedDict):
        answers: Annotated[list, operator.add]
        messages: list

    def one(state):
        return {"answers": [interrupt("One?")]}

    def two(state):
        return {"answers": [interrupt("Two?")]}

    builder = StateGraph(State).add_node(one).add_node(two).add_edge(START, "one").add_edge(START, "two")
    graph = builder.compile(checkpointer=InMemorySaver())
    agent = spanloom.wrap(graph)
    pending = agent.predict(input="hi", context=C1).custom_outputs["interrupts"]
    with pytest.raises(AgentError, match="waits for answers to 2 interrupts"):
        agent.predict(input="1", context=C1)
    resume = {question["id"]: question["value"].lower() for question in pending}
    assert agent.predict(input="", custom_inputs={"resume": resume}, context=C1).status == "completed"
    assert sorted(graph.get_state({"configurable": {"thread_id": "c1"}}).values["answers"]) == ["one?", "two?"]


def test_an_interrupt_inside_a_subagents_tool_reaches_the_top_and_resumes(server, chat_model, ask, shape):
    @tool
    def confirm(what: str) -> str:
        """Ask the user."""
        return f"user said {interrupt(what)}"

    inner = create_agent(chat_model(), [confirm], name="inner")
    builder = StateGraph(MessagesState).add_node("inner", inner).add_edge(START, "inner")
    agent = spanloom.wrap(builder.compile(checkpointer=InMemorySaver()))
    server.script([Reply(tool_calls=[ToolCall("confirm", {"what": "Sure?"})]), Reply("Good.")])
    first = ask(agent, input="Go.", context=C1)
    assert [pending["value"] for pending in first.custom_outputs["interrupts"]] == ["Sure?"]
    second = ask(agent, input="yes", context=C1)
    assert shape(second) == [("function_call_output", "user said yes"), ("message", "Good.")]


def test_a_breakpoint_goes_on_when_told_to(server, chat_model, ask, shape):
    agent = spanloom.wrap(
        create_agent(chat_model(), [delete], checkpointer=InMemorySaver(), interrupt_before=["tools"])
    )
    server.script([Reply(tool_calls=[ToolCall("delete", {"path": "a"})]), Reply("Done.")])
    first = ask(agent, input="Clean up.", context=C1)
    assert (first.incomplete_details.reason, first.custom_outputs["interrupts"]) == ("interrupt", [])
    second = ask(agent, input="", custom_inputs={"resume": True}, context=C1)
    assert shape(second) == [("function_call_output", "deleted a"), ("message", "Done.")]
