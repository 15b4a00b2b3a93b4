"""Which spans there are, what they are called, and how they nest."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline

LANGGRAPH = tuple(int(part) for part in version("langgraph").split(".")[:3])
TWO_CALLS = Reply(
    tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Oslo"})],
    usage=Usage(10, 4),
)
ANSWER = Reply("Sunny in both.", usage=Usage(30, 5))

WEATHER_AGENT = snapshot("""\
AGENT weather_agent
  TASK model
    CHAT_MODEL ChatOpenAI [10+4 tokens]
  TASK tools
    TOOL get_weather
  TASK tools
    TOOL get_weather
  TASK model
    CHAT_MODEL ChatOpenAI [30+5 tokens]\
""")


def test_an_agent_with_parallel_tools(chat_model, get_weather, the_trace):
    agent = create_agent(chat_model(TWO_CALLS, ANSWER), [get_weather], name="weather_agent")
    agent.invoke({"messages": [("user", "Paris and Oslo?")]})
    trace = the_trace()
    assert outline(trace) == WEATHER_AGENT
    assert trace.info.token_usage.total_tokens == 49


@pytest.mark.anyio
async def test_the_same_agent_awaited(chat_model, get_weather, the_trace):
    agent = create_agent(chat_model(TWO_CALLS, ANSWER), [get_weather], name="weather_agent")
    await agent.ainvoke({"messages": [("user", "Paris and Oslo?")]})
    assert outline(the_trace()) == WEATHER_AGENT


def test_the_same_agent_streamed(chat_model, get_weather, the_trace):
    agent = create_agent(chat_model(TWO_CALLS, ANSWER, stream_usage=True), [get_weather], name="weather_agent")
    for _ in agent.stream({"messages": [("user", "Paris and Oslo?")]}, stream_mode="messages"):
        pass
    assert outline(the_trace()) == WEATHER_AGENT


@pytest.mark.anyio
async def test_the_same_agent_streamed_asynchronously(chat_model, get_weather, the_trace):
    agent = create_agent(chat_model(TWO_CALLS, ANSWER, stream_usage=True), [get_weather], name="weather_agent")
    async for _ in agent.astream({"messages": [("user", "Paris and Oslo?")]}, stream_mode="messages"):
        pass
    assert outline(the_trace()) == WEATHER_AGENT


def test_a_sequence(chat_model, the_trace):
    prompt = ChatPromptTemplate.from_messages([("user", "{question}")])
    chain = prompt | chat_model(ANSWER) | StrOutputParser() | RunnableLambda(str.upper, name="shout")
    assert chain.invoke({"question": "Paris?"}) == "SUNNY IN BOTH."
    assert outline(the_trace()) == snapshot("""\
CHAIN RunnableSequence
  CHAIN ChatPromptTemplate
  CHAT_MODEL ChatOpenAI [30+5 tokens]
  PARSER StrOutputParser
  CHAIN shout\
""")


def test_a_streamed_sequence_knows_its_inputs_and_outputs(chat_model, the_trace):
    chain = ChatPromptTemplate.from_messages([("user", "{question}")]) | chat_model(ANSWER) | StrOutputParser()
    assert "".join(chain.stream({"question": "Paris?"})) == "Sunny in both."
    root, *_, parser = the_trace().data.spans
    assert (root.inputs, root.outputs) == ({"question": "Paris?"}, "Sunny in both.")
    assert parser.inputs == {"role": "assistant", "content": "Sunny in both."}


def test_parallel_branches_stay_below_their_runnable(chat_model, the_trace):
    one, two = chat_model(Reply("one")), chat_model(Reply("two"))
    RunnableParallel(a=one, b=two).invoke("hi")
    assert outline(the_trace()) == snapshot("""\
CHAIN RunnableParallel<a,b>
  CHAT_MODEL ChatOpenAI [1+1 tokens]
  CHAT_MODEL ChatOpenAI [1+1 tokens]\
""")


def test_each_input_of_a_batch_is_a_trace_of_its_own(chat_model):
    chain = chat_model(Reply("same"), Reply("same")) | StrOutputParser()
    assert chain.batch(["a", "b"]) == ["same", "same"]
    traces = spanloom.search_traces()
    assert sorted(trace.info.request_preview for trace in traces) == ["a", "b"]
    assert {len(trace.data.spans) for trace in traces} == {3}


def test_a_retriever_holds_its_documents(the_trace):
    class Notes(BaseRetriever):
        def _get_relevant_documents(self, query: str, **_: object) -> list[Document]:
            return [Document("Paris is sunny.", metadata={"page": 3}, id="d1")]

    Notes().invoke("weather")
    (span,) = the_trace().data.spans
    assert (span.span_type, span.name, span.inputs) == ("RETRIEVER", "Notes", {"query": "weather"})
    assert span.outputs == [{"id": "d1", "page_content": "Paris is sunny.", "metadata": {"page": 3}}]


def test_a_subgraph_is_a_workflow_below_its_node(chat_model, the_trace):
    model = chat_model(ANSWER)

    def chat(state):
        return {"messages": [model.invoke(state["messages"])]}

    inner = StateGraph(MessagesState).add_node("chat", chat).add_edge(START, "chat").compile(name="inner")
    graph = StateGraph(MessagesState).add_node("sub", inner).add_edge(START, "sub").compile(name="outer")
    graph.invoke({"messages": [("user", "hi")]})
    assert outline(the_trace()) == snapshot("""\
WORKFLOW outer
  TASK sub
    WORKFLOW inner
      TASK chat
        CHAT_MODEL ChatOpenAI [30+5 tokens]\
""")


@pytest.mark.skipif(LANGGRAPH < (1, 2, 12), reason="older ones do not tell what a subgraph was made by")
def test_an_agent_inside_a_graph_is_an_agent(chat_model, the_trace):
    agent = create_agent(chat_model(ANSWER), [], name="helper")
    graph = StateGraph(MessagesState).add_node("help", agent).add_edge(START, "help").compile(name="outer")
    graph.invoke({"messages": [("user", "hi")]})
    assert outline(the_trace()) == snapshot("""\
WORKFLOW outer
  TASK help
    AGENT helper
      TASK model
        CHAT_MODEL ChatOpenAI [30+5 tokens]\
""")


def test_graphs_and_agents_that_a_tool_of_an_agent_runs(chat_model, the_trace):
    helper = create_agent(chat_model(ANSWER), [])
    steps = StateGraph(MessagesState).add_node("step", lambda _: None).add_edge(START, "step").compile(name="steps")

    @tool
    def delegate(task: str) -> str:
        """Let somebody else do it."""
        steps.invoke({"messages": [("user", task)]})
        return helper.invoke({"messages": [("user", task)]})["messages"][-1].text

    boss = chat_model(Reply(tool_calls=[ToolCall("delegate", {"task": "look"})], usage=Usage(1, 1)), ANSWER)
    create_agent(boss, [delegate], name="boss").invoke({"messages": [("user", "hi")]})
    assert outline(the_trace()) == snapshot("""\
AGENT boss
  TASK model
    CHAT_MODEL ChatOpenAI [1+1 tokens]
  TASK tools
    TOOL delegate
      WORKFLOW steps
        TASK step
      AGENT LangGraph
        TASK model
          CHAT_MODEL ChatOpenAI [30+5 tokens]
  TASK model
    CHAT_MODEL ChatOpenAI [30+5 tokens]\
""")
