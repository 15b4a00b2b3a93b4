"""Graphs whose messages are those of a `ChatAgent`."""

from __future__ import annotations

import copy
import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph

import spanloom
from spanloom.agents.background import run_sync
from spanloom.schemas.chat_agent import ChatAgentMessage, ChatAgentResponse
from spanloom.testing import Reply, ToolCall
from spanloom_adapters.langgraph import ChatAgentState, ChatAgentToolNode
from spanloom_adapters.langgraph.chat_agent_state import add_chat_messages


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} is a word"


@tool
def draw(what: str) -> str:
    """Draw something."""
    return json.dumps(
        {"content": f"drew {what}", "attachments": {"file": "a.png"}, "custom_outputs": {"drawn": [what]}}
    )


@tool
def count(what: str) -> str:
    """Count with a Unity Catalog function."""
    value = json.dumps({"content": 3, "custom_outputs": {"counted": what}})
    return json.dumps({"format": "SCALAR", "value": value, "truncated": False})


def call(name: str, arguments: str, call_id: str) -> dict:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def state(*calls: dict) -> dict:
    asked = {"role": "user", "content": "Do it.", "id": "1"}
    return {"messages": [asked, {"role": "assistant", "content": "", "id": "2", "tool_calls": list(calls)}]}


@pytest.fixture
def graph():
    node = ChatAgentToolNode([look_up, draw, count])
    return StateGraph(ChatAgentState).add_node("tools", node).add_edge(START, "tools").compile()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_tools_answer_as_chat_messages_with_attachments_and_custom_outputs(graph, asynchronous):
    given = state(
        call("look_up", '{"word": "sky"}', "call_1"),
        call("draw", '{"what": "sky"}', "call_2"),
        call("count", '{"what": "stars"}', "call_3"),
    )
    before = copy.deepcopy(given)
    result = run_sync(graph.ainvoke(given)) if asynchronous else graph.invoke(given)
    assert given == before
    told = result["messages"][2:]
    assert [(message["role"], message["name"], message["tool_call_id"], message["content"]) for message in told] == [
        ("tool", "look_up", "call_1", "sky is a word"),
        ("tool", "draw", "call_2", "drew sky"),
        ("tool", "count", "call_3", "3"),
    ]
    assert [message.get("attachments") for message in told] == [None, {"file": "a.png"}, None]
    assert result["custom_outputs"] == {"drawn": ["sky"], "counted": "stars"}
    ChatAgentResponse.model_validate({"messages": result["messages"]})


def test_every_form_of_a_message_becomes_a_chat_message_with_an_id():
    calls = [{"name": "f", "args": {"a": 1}, "id": "call_1"}]
    messages = add_chat_messages(
        HumanMessage("hi", id="1"),
        [
            AIMessage("hello", tool_calls=calls, id="2", name="Ann"),
            ToolMessage("done", tool_call_id="call_1", name="f", id="3"),
            ChatAgentMessage(role="assistant", content="bye"),
            {"role": "user", "content": "ok"},
        ],
    )
    assert messages[0] == {"role": "user", "content": "hi", "id": "1"}
    wanted = call("f", '{"a": 1}', "call_1")
    assert messages[1] == {"role": "assistant", "content": "hello", "tool_calls": [wanted], "id": "2", "name": "Ann"}
    assert messages[2] == {"role": "tool", "content": "done", "name": "f", "tool_call_id": "call_1", "id": "3"}
    assert [message["content"] for message in messages[3:]] == ["bye", "ok"]
    assert len({message["id"] for message in messages}) == 5


def test_a_message_with_a_known_id_takes_its_place():
    before = [{"role": "user", "content": "a", "id": "1"}, {"role": "assistant", "content": "b", "id": "2"}]
    after = add_chat_messages(before, {"role": "user", "content": "c", "id": "1"})
    assert [message["content"] for message in after] == ["c", "b"]
    assert [message["content"] for message in before] == ["a", "b"]


@pytest.fixture
def agent_graph(chat_model):
    model = chat_model().bind_tools([draw])

    async def answer(state):
        assert state["custom_inputs"] == {"colour": "red"}
        return {"messages": [await model.ainvoke(state["messages"])]}

    def route(state):
        return "tools" if state["messages"][-1].get("tool_calls") else END

    builder = StateGraph(ChatAgentState).add_node(answer).add_node("tools", ChatAgentToolNode([draw]))
    builder.add_edge(START, "answer").add_conditional_edges("answer", route).add_edge("tools", "answer")
    return builder.compile()


def test_a_graph_with_that_state_is_an_agent_like_any_other(server, agent_graph, ask, shape):
    server.script([Reply("Let me draw.", tool_calls=[ToolCall("draw", {"what": "sky"})]), Reply("Here it is.")])
    response = ask(spanloom.wrap(agent_graph), input="Draw!", custom_inputs={"colour": "red"})
    assert shape(response) == [
        ("message", "Let me draw."),
        ("function_call", '{"what": "sky"}'),
        ("function_call_output", "drew sky"),
        ("message", "Here it is."),
    ]
    assert response.custom_outputs == {"drawn": ["sky"]}
    assert [message["role"] for message in server.requests[-1].body["messages"]] == ["user", "assistant", "tool"]
