"""Who speaks, where several agents do."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph

import spanloom
from spanloom.testing import Reply


def names(response) -> list[str | None]:
    return [item.get("name") for item in response.model_dump()["output"] if item["type"] == "message"]


@pytest.fixture(params=[False, True], ids=["streamed", "whole"])
def team(request, chat_model, wire):
    model = chat_model(wire, disable_streaming=request.param)
    builder = StateGraph(MessagesState)
    builder.add_node("weather", create_agent(model, [], name="weather"))
    builder.add_node("writer", create_agent(model, [], name="writer"))
    return builder.add_edge(START, "weather").add_edge("weather", "writer").compile(name="team")


def test_messages_of_several_agents_have_the_names_of_their_speakers(server, team, ask):
    server.script([Reply("Rainy."), Reply("A rainy poem.")])
    response = ask(spanloom.wrap(team), input="Oslo?")
    assert names(response) == ["weather", "writer"]


def test_so_do_the_messages_of_a_chat_agent(server, team):
    server.script([Reply("Rainy."), Reply("A rainy poem.")])
    response = spanloom.wrap(team, "chat").predict({"messages": [{"role": "user", "content": "Oslo?"}]})
    assert [(message.name, message.content) for message in response.messages] == [
        ("weather", "Rainy."),
        ("writer", "A rainy poem."),
    ]


def test_an_agent_alone_needs_no_name(server, chat_model, ask):
    server.script([Reply("Rainy.")])
    assert names(ask(spanloom.wrap(create_agent(chat_model(), [], name="weather")), input="Oslo?")) == [None]


def test_a_message_that_a_node_names_keeps_its_name(ask):
    def both(state):
        return {"messages": [AIMessage("I looked.", name="researcher"), AIMessage("I checked.", name="critic")]}

    graph = StateGraph(MessagesState).add_node(both).add_edge(START, "both").compile()
    assert names(ask(spanloom.wrap(graph), input="Go.")) == ["researcher", "critic"]
