"""`to_responses_items`, `to_responses_events` and `to_chat_agent`: for people who keep their own loop."""

from __future__ import annotations

import asyncio
import json

import openai
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

from spanloom.agents.background import run_sync
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage
from spanloom.testing.grammar import check_events
from spanloom_adapters import langchain, langgraph

USER = {"messages": [HumanMessage("Paris?", id="u1")]}
TURNS = [
    ("message", "Let me see."),
    ("function_call", '{"city": "Paris"}'),
    ("function_call_output", "sunny in Paris"),
    ("message", "It is sunny."),
]


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@pytest.fixture
def graph(server, chat_model):
    server.script(
        [
            Reply("Let me see.", tool_calls=[ToolCall("get_weather", {"city": "Paris"}, "call_1")], usage=Usage(10, 4)),
            Reply("It is sunny.", usage=Usage(20, 5)),
        ]
    )
    return create_agent(chat_model(), [get_weather], name="weather")


def told(items) -> list[tuple[str, str]]:
    keys = {"function_call": "arguments", "function_call_output": "output"}
    return [(item["type"], item.get(keys.get(item["type"])) or item["content"][0]["text"]) for item in items]


def collect(stream, **fields):
    async def collect():
        return [event async for event in langgraph.to_responses_events(stream(), **fields)]

    return run_sync(collect())


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("subgraphs", [False, True])
@pytest.mark.parametrize(
    "modes", [["messages", "updates"], ["updates"], ["messages"], "updates", "messages", "values", ["values", "custom"]]
)
def test_a_graphs_stream_in_any_form_is_the_same_response(graph, modes, subgraphs, version):
    options = {"stream_mode": modes, "subgraphs": subgraphs, "version": version}
    events = collect(lambda: graph.astream(USER, **options), model="mine")
    response = check_events(events)
    assert told(response["output"]) == TURNS
    assert (response["status"], response["model"], response["usage"]["total_tokens"]) == ("completed", "mine", 39)
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert (len(deltas) > 2) == ("messages" in modes)


def test_a_graphs_state_is_the_answer_to_the_last_question(graph):
    history = [HumanMessage("hi"), AIMessage("Hello."), *USER["messages"]]
    state = run_sync(graph.ainvoke({"messages": history}))
    assert told(langgraph.to_responses_items(state)) == TURNS
    answer = langgraph.to_chat_agent(state)
    assert [message.role for message in answer.messages] == ["assistant", "assistant", "tool", "assistant"]
    assert (answer.messages[-1].content, answer.usage.total_tokens) == ("It is sunny.", 39)


@pytest.mark.parametrize(
    "updates",
    [
        {"model": {"messages": [AIMessage("one")]}, "other": None},
        [{"model": {"messages": [AIMessage("one", id="1")]}}, {"outer": {"messages": [AIMessage("one", id="1")]}}],
        {"model": [{"messages": AIMessage("one")}]},
    ],
)
def test_so_are_the_updates_of_nodes(updates):
    assert told(langgraph.to_responses_items(updates)) == [("message", "one")]


@pytest.mark.parametrize(("result", "expected"), [("text", "text"), ({"stars": 2}, '{"stars": 2}')])
def test_what_an_entrypoint_returned_is_the_answer(result, expected):
    @entrypoint()
    async def give(topic: str):
        return result

    assert told(langgraph.to_responses_items(run_sync(give.ainvoke("roses")))) == [("message", expected)]
    response = check_events(collect(lambda: give.astream("roses", stream_mode=["updates", "values"])))
    assert told(response["output"]) == [("message", expected)]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_interrupt_is_pending_in_the_answer(version):
    def approve(state):
        interrupt({"action_requests": [{"name": "delete", "args": {"path": "a"}}]})

    builder = StateGraph(MessagesState).add_node(approve).add_edge(START, "approve")
    graph = builder.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    events = collect(lambda: graph.astream(USER, config, stream_mode=["messages", "updates"], version=version))
    response = check_events(events)
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "interrupt"})
    [pending] = langgraph.to_responses_items(graph.invoke(None, config, version=version))
    assert (pending["type"], json.loads(pending["arguments"])) == ("mcp_approval_request", {"path": "a"})


def test_a_chains_output_is_items():
    call = {"name": "get_weather", "args": {"city": "Paris"}, "id": "call_1"}
    messages = [AIMessage("Let me see.", tool_calls=[call]), ToolMessage("sunny in Paris", tool_call_id="call_1")]
    assert told(langchain.to_responses_items([*messages, AIMessage("It is sunny.")])) == TURNS
    assert told(langchain.to_responses_items(messages[0])) == TURNS[:2]
    assert told(langchain.to_responses_items("text")) == [("message", "text")]
    assert langchain.to_chat_agent({"answer": "yes", "score": 1}).custom_outputs == {"score": 1}


def test_a_chains_stream_is_a_response(server, chat_model):
    chain = ChatPromptTemplate([("user", "{question}")]) | chat_model()
    server.script([Reply("It is sunny.", usage=Usage(3, 4))])

    async def collect():
        return [event async for event in langchain.to_responses_events(chain.astream({"question": "Paris?"}))]

    response = check_events(run_sync(collect()))
    assert told(response["output"]) == [("message", "It is sunny.")]
    assert response["usage"]["total_tokens"] == 7
    events = list(langchain.to_responses_events(iter(["It is ", "sunny."])))
    assert told(check_events(events)["output"]) == [("message", "It is sunny.")]


def test_a_stream_that_fails_says_so_and_raises_the_native_error(server, chat_model):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))])
    events = []

    async def collect():
        async for event in langchain.to_responses_events(chat_model().astream("Count.")):
            events.append(event)  # noqa: PERF401 - those before the error are wanted

    with pytest.raises(openai.APIError, match="overloaded"):
        run_sync(collect())
    response = check_events(events)
    assert response["status"] == "failed"
    assert response["output"][0]["status"] == "incomplete"


def test_closing_the_events_closes_the_stream():
    closed = []

    def stream():
        try:
            yield "one"
            yield "two"
        finally:
            closed.append("sync")

    async def astream():
        try:
            yield "one"
            yield "two"
        finally:
            closed.append("async")

    async def begin_and_close():
        events = langchain.to_responses_events(astream())
        await anext(event async for event in events if event.type == "response.output_text.delta")
        await events.aclose()

    events = langchain.to_responses_events(stream())
    next(event for event in events if event.type == "response.output_text.delta")
    events.close()
    asyncio.run(begin_and_close())
    assert closed == ["sync", "async"]
