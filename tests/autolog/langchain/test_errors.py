"""Errors, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline

QUESTION = {"messages": [("user", "hi")]}
CALL = Reply(tool_calls=[ToolCall("fragile", {"city": "Paris"}, id="call_1")], usage=Usage(1, 1))


def test_a_failing_tool_is_an_error_up_to_the_root(chat_model, the_trace):
    @tool
    def fragile(city: str) -> str:
        """Break."""
        raise ValueError("no such city")

    with pytest.raises(ValueError, match="no such city"):
        create_agent(chat_model(CALL), [fragile], name="agent").invoke(QUESTION)
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT agent (ERROR: ValueError: no such city)
  TASK model
    CHAT_MODEL ChatOpenAI [1+1 tokens]
  TASK tools (ERROR: ValueError: no such city)
    TOOL fragile (ERROR: ValueError: no such city)\
""")
    (event,) = trace.search_spans(span_type="TOOL")[0].events
    assert event["attributes"]["exception.type"] == "ValueError"
    assert "no such city" in event["attributes"]["exception.stacktrace"]


def test_a_failure_that_the_model_is_told_about_is_an_error_of_the_tool_only(chat_model, the_trace):
    @tool
    def fragile(city: str) -> str:
        """Break."""
        raise ToolException("no such city")

    fragile.handle_tool_error = True
    create_agent(chat_model(CALL, Reply("Sorry.", usage=Usage(1, 1))), [fragile], name="agent").invoke(QUESTION)
    assert outline(the_trace()) == snapshot("""\
AGENT agent
  TASK model
    CHAT_MODEL ChatOpenAI [1+1 tokens]
  TASK tools
    TOOL fragile (ERROR: no such city)
  TASK model
    CHAT_MODEL ChatOpenAI [1+1 tokens]\
""")


def test_a_failing_model_is_an_error(chat_model, the_trace):
    with pytest.raises(Exception, match="overloaded") as caught:
        chat_model(ErrorReply(500, "overloaded")).invoke("hi")
    (span,) = the_trace().data.spans
    assert span.status == "ERROR"
    assert span.status_message.startswith(type(caught.value).__name__)
    assert span.inputs["messages"] == [{"role": "user", "content": "hi"}]
    assert span.outputs is None


@pytest.mark.anyio
async def test_a_stream_that_breaks_keeps_what_came(chat_model, the_trace):
    model = chat_model(Reply("one two three", break_after=2))
    with pytest.raises(Exception, match=r"Connection error|incomplete chunked read"):
        async for _ in model.astream("hi"):
            pass
    (span,) = the_trace().data.spans
    assert span.status == "ERROR"
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}


def approval_graph() -> Any:
    def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [("assistant", f"You said {interrupt({'question': 'ok?'})}.")]}

    return StateGraph(MessagesState).add_node("ask", ask).add_edge(START, "ask").compile(InMemorySaver(), name="graph")


def test_an_interrupt_is_no_error_and_the_resumed_run_is_a_trace_of_the_same_session():
    graph, config = approval_graph(), {"configurable": {"thread_id": "t-1"}}
    assert "__interrupt__" in graph.invoke(QUESTION, config)
    graph.invoke(Command(resume="yes"), config)
    resumed, interrupted = spanloom.search_traces()
    assert (interrupted.info.state, resumed.info.state) == ("OK", "OK")
    assert (interrupted.info.session_id, resumed.info.session_id) == ("t-1", "t-1")
    assert [outline(interrupted), outline(resumed)] == ["WORKFLOW graph\n  TASK ask"] * 2
    for span in interrupted.data.spans:
        (event,) = span.events
        assert event["name"] == "interrupt"
        assert event["attributes"]["interrupts"][0]["value"] == {"question": "ok?"}
    assert [span.events for span in resumed.data.spans] == [[], []]
    assert resumed.data.spans[0].inputs == {"resume": "yes"}
    assert resumed.info.response_preview == "You said yes."


def test_a_jump_to_the_parent_graph_is_no_error(the_trace):
    def leave(_: MessagesState) -> Command[Any]:
        return Command(graph=Command.PARENT, goto="other", update={"messages": [("assistant", "bye")]})

    inner = StateGraph(MessagesState).add_node("leave", leave).add_edge(START, "leave").compile(name="inner")
    outer = StateGraph(MessagesState).add_node("inner", inner).add_node("other", lambda _: None)
    outer.add_edge(START, "inner").compile(name="outer").invoke(QUESTION)
    assert outline(the_trace()) == snapshot("""\
WORKFLOW outer
  TASK inner
    WORKFLOW inner
      TASK leave
  TASK other\
""")


def test_a_tool_that_returns_a_command(chat_model, the_trace):
    @tool
    def fragile(city: str) -> Command[Any]:
        """Answer with an update of the state."""
        return Command(update={"messages": [ToolMessage(f"sunny in {city}", tool_call_id="call_1")]})

    create_agent(chat_model(CALL, Reply("Sunny.")), [fragile], name="agent").invoke(QUESTION)
    assert the_trace().search_spans(span_type="TOOL")[0].outputs == snapshot(
        {"update": {"messages": [{"role": "tool", "content": "sunny in Paris", "tool_call_id": "call_1"}]}}
    )
