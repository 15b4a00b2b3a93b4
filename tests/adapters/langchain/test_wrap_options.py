"""What `wrap` takes for runnables and graphs, and what of a request reaches the model."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler, CallbackManager
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall

C1 = {"conversation_id": "c1"}


@tool
def again() -> str:
    """Ask me again."""
    return "again"


class Tags(BaseCallbackHandler):
    def __init__(self):
        self.seen = set()

    def on_chat_model_start(self, *args, tags=None, metadata=None, **kwargs):
        self.seen |= {*(tags or ()), metadata.get("team")}


@pytest.mark.parametrize("make", [lambda model: model, lambda model: create_agent(model, [])])
@pytest.mark.parametrize("manager", [False, True])
def test_every_run_gets_the_config(server, chat_model, make, manager):
    tags = Tags()
    config = {
        "tags": ["prod"],
        "metadata": {"team": "blue"},
        "callbacks": CallbackManager([tags], inheritable_handlers=[tags]) if manager else [tags],
    }
    agent = spanloom.wrap(make(chat_model()), config=config)
    for _ in range(2):
        assert agent.predict(input="hi").output_text == "echo: hi"
        assert {"prod", "blue"} <= tags.seen
        tags.seen.clear()


def test_a_run_takes_no_more_steps_than_the_recursion_limit(server, chat_model, ask, shape):
    server.script(lambda request: Reply(tool_calls=[ToolCall("again", {})]))
    response = ask(spanloom.wrap(create_agent(chat_model(), [again]), recursion_limit=4), input="hi")
    assert response.incomplete_details.reason == "max_turns"
    assert shape(response) == [("function_call", "{}"), ("function_call_output", "again")] * 2


def test_nodes_find_the_context(ask):
    @dataclass
    class Context:
        user: str

    def greet(state, runtime):
        return {"messages": [AIMessage(f"Hello {runtime.context.user}.")]}

    from langgraph.runtime import Runtime

    greet.__annotations__["runtime"] = Runtime[Context]
    graph = StateGraph(MessagesState, context_schema=Context).add_node(greet).add_edge(START, "greet").compile()
    assert ask(spanloom.wrap(graph, context=Context("Ann")), input="hi").output_text == "Hello Ann."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recursion_limit": 0}, "recursion_limit=0: expected 1 or more"),
        ({"config": "prod"}, "config='prod': expected a mapping"),
        ({"config": {"tag": ["prod"]}}, "unknown keys 'tag'; it takes callbacks, configurable"),
        ({"config": {"configurable": {"thread_id": "1"}}}, "a request names its thread, in context.conversation_id"),
        ({"recursion_limits": 3}, "did you mean 'recursion_limit'"),
    ],
)
def test_a_wrong_option_is_explained(options, message):
    graph = StateGraph(MessagesState).add_node("node", lambda state: None).add_edge(START, "node").compile()
    with pytest.raises(AgentError, match=message):
        spanloom.wrap(graph, **options)


def chat_graph(model):
    async def answer(state):
        return {"messages": await model.ainvoke(state["messages"])}

    return StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()


REQUEST = {"temperature": 0.5, "top_p": 0.25, "max_output_tokens": 7}


@pytest.mark.parametrize("make", [lambda model: model, lambda model: model.bind(stop=["x"]).with_retry()])
def test_the_requests_parameters_reach_a_chat_model(server, chat_model, make):
    model = chat_model(temperature=1)
    spanloom.wrap(make(model)).predict(input="hi", **REQUEST)
    body = server.requests[-1].body
    assert (body["temperature"], body["top_p"], body["max_completion_tokens"]) == (0.5, 0.25, 7)
    # The model itself stays as it is.
    spanloom.wrap(make(model)).predict(input="hi")
    assert (server.requests[-1].body["temperature"], "top_p" in server.requests[-1].body) == (1, False)


@pytest.mark.parametrize("make", [lambda model: ChatPromptTemplate([("user", "{question}")]) | model, chat_graph])
def test_inside_of_chains_and_graphs_they_reach_configurable_models(server, chat_model, make):
    fields = {name: ConfigurableField(id=name) for name in ("temperature", "top_p", "max_tokens")}
    agent = spanloom.wrap(make(chat_model().configurable_fields(**fields)))
    agent.predict(input="hi", **REQUEST)
    body = server.requests[-1].body
    assert (body["temperature"], body["top_p"], body["max_completion_tokens"]) == (0.5, 0.25, 7)


def test_functions_of_the_users_make_a_chains_input_and_read_its_output(ask, shape):
    double = RunnableLambda(lambda number: number * 2)
    agent = spanloom.wrap(
        double,
        input_fn=lambda request: int(request.input_items()[-1].content),
        output_fn=lambda number: f"It is {number}.",
    )
    assert shape(ask(agent, input="21")) == [("message", "It is 42.")]


def test_functions_of_the_users_make_a_graphs_input_and_read_its_state(server, chat_model, ask, shape):
    agent = spanloom.wrap(
        create_agent(chat_model(), []),
        input_fn=lambda request: {"messages": [HumanMessage(f"Please: {request.input_items()[-1].content}")]},
        output_fn=lambda state: state["messages"][-1].text.upper(),
    )
    server.script([Reply("Done.")])
    response = ask(agent, input="sing")
    assert shape(response) == [("message", "DONE.")]
    assert server.requests[-1].body["messages"] == [{"role": "user", "content": "Please: sing"}]


def test_such_a_function_reads_no_state_of_a_graph_that_did_not_end(server, chat_model, ask, shape):
    server.script(lambda request: Reply(tool_calls=[ToolCall("again", {})]))
    agent = spanloom.wrap(create_agent(chat_model(), [again]), recursion_limit=4, output_fn=lambda state: "The end.")
    response = ask(agent, input="hi")
    assert (response.incomplete_details.reason, shape(response)) == ("max_turns", [])


def test_with_such_a_function_an_interrupt_still_asks(ask, shape):
    def ask_name(state):
        return {"messages": [AIMessage(f"Hello {interrupt('Your name?')}.")]}

    builder = StateGraph(MessagesState).add_node(ask_name).add_edge(START, "ask_name")
    graph = builder.compile(checkpointer=InMemorySaver())
    agent = spanloom.wrap(graph, output_fn=lambda state: state["messages"][-1].text)
    first = ask(agent, input="hi", context=C1)
    assert (first.incomplete_details.reason, shape(first)) == ("interrupt", [])
    assert shape(ask(agent, input="Ann", context=C1)) == [("message", "Hello Ann.")]
