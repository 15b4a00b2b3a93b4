from __future__ import annotations

import threading
from typing import Annotated, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from pydantic import BaseModel

import spanloom
from spanloom.testing import Reply, ToolCall, Usage

WEATHER = {"Paris": "sunny", "Oslo": "rainy"}


class Forecast(BaseModel):
    city: str
    degrees: int


def weather_tool():
    oslo_is_known = threading.Event()

    @tool
    def get_weather(city: str) -> str:
        """Return the weather of a city."""
        # The first call is the last to end.
        assert city != "Paris" or oslo_is_known.wait(5)
        oslo_is_known.set()
        return WEATHER[city]

    return get_weather


def test_parallel_tool_calls_are_items_paired_by_call_id(server, chat_model, wire, ask):
    calls = [ToolCall("get_weather", {"city": "Paris"}, "call_p"), ToolCall("get_weather", {"city": "Oslo"}, "call_o")]
    server.script([Reply("Let me see.", tool_calls=calls), Reply("Sunny and rainy.")])
    response = ask(spanloom.wrap(create_agent(chat_model(wire), [weather_tool()])), input="Paris? Oslo?")
    items = response.model_dump()["output"]
    assert [item["type"] for item in items] == [
        "message",
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
        "message",
    ]
    asked = {item["call_id"]: item["arguments"] for item in items if item["type"] == "function_call"}
    assert asked == {"call_p": '{"city": "Paris"}', "call_o": '{"city": "Oslo"}'}
    told = {item["call_id"]: item["output"] for item in items if item["type"] == "function_call_output"}
    assert told == {"call_p": "sunny", "call_o": "rainy"}
    assert response.output_text == "Let me see.Sunny and rainy."
    assert len({item["id"] for item in items}) == len(items)


def test_reasoning_is_an_item_before_the_answer(server, chat_model, ask, shape):
    server.script([Reply("Sunny.", reasoning="The tool said so.")])
    response = ask(spanloom.wrap(create_agent(chat_model("responses"), [])), input="Paris?")
    assert shape(response) == [("reasoning", "The tool said so."), ("message", "Sunny.")]


@pytest.mark.parametrize(("wire", "options"), [("responses", {}), ("chat", {"disable_streaming": True})])
def test_a_refusal_is_a_refusal_part(server, chat_model, ask, wire, options):
    server.script([Reply(refusal="I can't help with that.")])
    response = ask(spanloom.wrap(create_agent(chat_model(wire, **options), [])), input="Hack it.")
    [message] = response.model_dump()["output"]
    assert message["content"] == [{"type": "refusal", "refusal": "I can't help with that."}]
    assert response.output_text == ""


def test_a_model_that_does_not_stream_gives_the_same_items_and_a_delta(server, chat_model, wire, shape):
    def run(model):
        server.script([Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"})]), Reply("It is rainy.")])
        events = list(spanloom.wrap(create_agent(model, [weather_tool()])).predict_stream(input="Oslo?"))
        return [event.type for event in events], shape(spanloom.schemas.reduce_stream(events))

    _, streamed = run(chat_model(wire))
    types, whole = run(chat_model(wire, disable_streaming=True))
    assert streamed == whole
    assert types.count("response.output_text.delta") == 1


def test_tool_arguments_that_are_no_json_are_kept_as_they_are(server, chat_model, wire, ask, shape):
    # Newer agents ask the model again.
    server.script([Reply(tool_calls=[ToolCall("get_weather", "{bad")]), Reply("Sorry.")])
    response = ask(spanloom.wrap(create_agent(chat_model(wire), [weather_tool()])), input="Oslo?")
    assert shape(response)[0] == ("function_call", "{bad")


def test_a_tool_error_that_the_model_sees_is_marked(server, chat_model, ask, shape):
    server.script([Reply(tool_calls=[ToolCall("get_weather", {}, "call_1")]), Reply("Which city?")])
    response = ask(spanloom.wrap(create_agent(chat_model(), [weather_tool()])), input="Weather?")
    assert [kind for kind, _ in shape(response)] == ["function_call", "function_call_output", "message"]
    assert response.custom_outputs == {"tool_errors": ["call_1"]}


@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy])
def test_structured_output_is_a_custom_output_and_text(server, chat_model, ask, strategy):
    forecast = {"city": "Paris", "degrees": 21}
    if strategy is ToolStrategy:
        server.script([Reply(tool_calls=[ToolCall("Forecast", forecast)])])
    else:
        server.script([Reply(Forecast(**forecast).model_dump_json())])
    agent = spanloom.wrap(create_agent(chat_model(), [], response_format=strategy(Forecast)))
    response = ask(agent, input="Paris?")
    assert response.custom_outputs == {"structured_response": forecast}
    assert Forecast.model_validate_json(response.output_text) == Forecast(**forecast)


def test_usage_is_the_sum_of_all_model_calls_also_of_those_inside_tools(server, chat_model, wire, ask, shape):
    inner = chat_model(wire)

    @tool
    async def summarize(text: str) -> str:
        """Summarize a text."""
        return (await inner.ainvoke(text)).text

    server.script(
        [
            Reply(tool_calls=[ToolCall("summarize", {"text": "long"})], usage=Usage(10, 1)),
            Reply("the inner summary", usage=Usage(20, 2, cached_tokens=5)),
            Reply("Short.", usage=Usage(30, 3, reasoning_tokens=1)),
        ]
    )
    response = ask(spanloom.wrap(create_agent(chat_model(wire), [summarize])), input="Summarize.")
    # The tool's model says nothing in the answer.
    assert shape(response) == [
        ("function_call", '{"text": "long"}'),
        ("function_call_output", "the inner summary"),
        ("message", "Short."),
    ]
    assert response.usage.model_dump() == {
        "input_tokens": 60,
        "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
        "output_tokens": 6,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 66,
    }


def test_unknown_usage_is_null(server, chat_model, ask):
    model = chat_model()
    model.stream_usage = False
    server.script([Reply("Hi.")])
    assert ask(spanloom.wrap(create_agent(model, [])), input="hi").usage is None


def test_subagents_come_once_without_the_history(server, chat_model, wire, ask, shape):
    weather = create_agent(chat_model(wire), [weather_tool()], name="weather")
    writer = create_agent(chat_model(wire), [], name="writer")
    builder = StateGraph(MessagesState)
    builder.add_node("weather", weather)
    builder.add_node("writer", writer)
    builder.add_edge(START, "weather")
    builder.add_edge("weather", "writer")
    server.script(
        [Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"})]), Reply("Rainy."), Reply("A rainy poem.")]
    )
    history = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello!"}]
    response = ask(spanloom.wrap(builder.compile()), input=[*history, {"role": "user", "content": "Oslo?"}])
    assert shape(response) == [
        ("function_call", '{"city": "Oslo"}'),
        ("function_call_output", "rainy"),
        ("message", "Rainy."),
        ("message", "A rainy poem."),
    ]


def test_a_subagent_inside_a_tool_stays_inside(server, chat_model, ask, shape):
    expert = create_agent(chat_model(), [])

    @tool
    async def ask_expert(question: str) -> str:
        """Ask an expert."""
        result = await expert.ainvoke({"messages": [HumanMessage(question)]})
        return result["messages"][-1].text

    server.script([Reply(tool_calls=[ToolCall("ask_expert", {"question": "why"})]), Reply("Because."), Reply("So.")])
    response = ask(spanloom.wrap(create_agent(chat_model(), [ask_expert])), input="Why?")
    assert shape(response) == [
        ("function_call", '{"question": "why"}'),
        ("function_call_output", "Because."),
        ("message", "So."),
    ]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (None, []),
        ({"messages": []}, []),
        ({"messages": AIMessage("one")}, [("message", "one")]),
        ({"messages": [AIMessage("one"), AIMessage("two")]}, [("message", "one"), ("message", "two")]),
        ({"messages": [{"role": "assistant", "content": "a dict"}]}, [("message", "a dict")]),
        ({"messages": [("ai", "a tuple")]}, [("message", "a tuple")]),
        ({"messages": "plain text"}, [("message", "plain text")]),
        ({"messages": [HumanMessage("not the agent")]}, []),
        ({"messages": [RemoveMessage(id="u1")]}, []),
        (
            {"messages": [ToolMessage([{"type": "text", "text": "x"}], tool_call_id="c")]},
            [("function_call_output", [{"type": "input_text", "text": "x"}])],
        ),
    ],
)
def test_every_form_of_a_nodes_update_is_understood(update, expected, shape):
    builder = StateGraph(MessagesState)
    builder.add_node("node", lambda state: update)
    builder.add_edge(START, "node")
    agent = spanloom.wrap(builder.compile())
    assert shape(agent.predict(input=[{"role": "user", "content": "hi", "id": "u1"}])) == expected


def test_a_model_tagged_nostream_is_not_heard(server, chat_model, ask, shape):
    router = chat_model().with_config(tags=["nostream"])
    model = chat_model()

    async def route(state):
        await router.ainvoke(state["messages"])

    async def answer(state):
        return {"messages": await model.ainvoke(state["messages"])}

    builder = StateGraph(MessagesState).add_sequence([route, answer]).add_edge(START, "route")
    server.script([Reply("poem"), Reply("Roses are red.")])
    assert shape(ask(spanloom.wrap(builder.compile()), input="A poem!")) == [("message", "Roses are red.")]


def test_concurrent_model_calls_of_one_node_are_messages_of_their_own(server, chat_model, wire, ask, shape):
    class State(TypedDict):
        messages: Annotated[list, add_messages]

    model = chat_model(wire)

    async def both(state):
        return {"messages": await model.abatch(["one", "two"])}

    graph = StateGraph(State).add_node(both).add_edge(START, "both").add_edge("both", END).compile()
    # Without a script the server echoes.
    assert sorted(shape(ask(spanloom.wrap(graph), input="hi"))) == [("message", "echo: one"), ("message", "echo: two")]


def test_a_functional_graph_gets_what_its_input_type_says(server, chat_model, ask, shape):
    model = chat_model()

    @task
    async def draft(topic: str) -> str:
        return (await model.ainvoke(topic)).text

    @entrypoint()
    async def write(topic: str) -> str:
        return await draft(topic)

    server.script([Reply("A poem.")])
    assert shape(ask(spanloom.wrap(write), input="roses")) == [("message", "A poem.")]
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "roses"}]
