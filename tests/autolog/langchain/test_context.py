"""Where spans find their parents: the user's spans above and below, threads, tasks, and no tracing at all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline

QUESTION = {"messages": [("user", "hi")]}
CALL = Reply(
    tool_calls=[ToolCall("look_up", {"city": "Paris"}), ToolCall("look_up", {"city": "Oslo"})], usage=Usage(1, 1)
)
ANSWER = Reply("Sunny.", usage=Usage(1, 1))
BELOW_THE_USERS_SPANS = snapshot("""\
UNKNOWN request
  AGENT agent
    TASK model
      CHAT_MODEL ChatOpenAI [1+1 tokens]
    TASK tools
      TOOL look_up
        UNKNOWN query
          CHAIN describe
    TASK tools
      TOOL look_up
        UNKNOWN query
          CHAIN describe
    TASK model
      CHAT_MODEL ChatOpenAI [1+1 tokens]\
""")


def test_the_users_spans_enclose_and_are_enclosed(chat_model, the_trace):
    @tool
    def look_up(city: str) -> str:
        """Look it up."""
        with spanloom.start_span("query"):
            return RunnableLambda(lambda name: f"sunny in {name}", name="describe").invoke(city)

    with spanloom.start_span("request"):
        create_agent(chat_model(CALL, ANSWER), [look_up], name="agent").invoke(QUESTION)
    assert outline(the_trace()) == BELOW_THE_USERS_SPANS


@pytest.mark.anyio
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_same_in_async_code(chat_model, the_trace, asynchronous):
    def look_up(city: str) -> str:
        """Look it up."""
        with spanloom.start_span("query"):
            return RunnableLambda(lambda name: f"sunny in {name}", name="describe").invoke(city)

    async def look_up_later(city: str) -> str:
        """Look it up."""
        with spanloom.start_span("query"):
            return await RunnableLambda(lambda name: f"sunny in {name}", name="describe").ainvoke(city)

    tools = [tool("look_up")(look_up_later if asynchronous else look_up)]
    with spanloom.start_span("request") as request:
        await create_agent(chat_model(CALL, ANSWER), tools, name="agent").ainvoke(QUESTION)
        assert spanloom.get_current_active_span() is request
    assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == BELOW_THE_USERS_SPANS


def test_nothing_leaks_between_the_chunks_of_a_stream(chat_model):
    with spanloom.start_span("request") as request:
        stream = (chat_model(Reply("one two three")) | StrOutputParser()).stream("hi")
        for _ in stream:
            assert spanloom.get_current_active_span() is request


@pytest.mark.anyio
async def test_nothing_leaks_between_the_chunks_of_an_async_graph_stream(chat_model):
    agent = create_agent(chat_model(Reply("one two three")), [], name="agent")
    async for _ in agent.astream(QUESTION, stream_mode="messages"):
        assert spanloom.get_current_active_span() is None


@pytest.mark.anyio
async def test_concurrent_runs_do_not_mix(chat_model):
    agents = [create_agent(chat_model(Reply(name)), [], name=name) for name in ("ann", "bob")]
    await asyncio.gather(*(agent.ainvoke(QUESTION) for agent in agents))
    traces = spanloom.search_traces()
    assert sorted((trace.info.name, trace.info.response_preview) for trace in traces) == [
        ("ann", "ann"),
        ("bob", "bob"),
    ]
    assert {len(trace.data.spans) for trace in traces} == {3}


def test_a_run_in_a_thread_is_a_trace(chat_model, the_trace):
    agent = create_agent(chat_model(ANSWER), [], name="agent")
    thread = threading.Thread(target=agent.invoke, args=(QUESTION,))
    thread.start()
    thread.join()
    assert the_trace().info.name == "agent"


def test_runs_in_pool_threads_of_a_tool_stay_below_it(chat_model, the_trace):
    describe = RunnableLambda(lambda name: f"sunny in {name}", name="describe")

    @tool
    def look_up(city: str) -> list[str]:
        """Look it up."""
        return describe.batch([city, "Oslo"])

    look_up.invoke({"city": "Paris"})
    assert outline(the_trace()) == snapshot("""\
TOOL look_up
  CHAIN describe
  CHAIN describe\
""")


def test_a_span_in_a_retriever_nests_below_it(the_trace):
    class Traced(BaseRetriever):
        def _get_relevant_documents(self, query: str, **_: object) -> list[Document]:
            with spanloom.start_span("embed"):
                return []

    (Traced() | RunnableLambda(len, name="count")).invoke("hi")
    assert outline(the_trace()) == snapshot("""\
CHAIN RunnableSequence
  RETRIEVER Traced
    UNKNOWN embed
  CHAIN count\
""")


def test_custom_events_are_kept(the_trace):
    def work(_: str) -> None:
        dispatch_custom_event("progress", {"done": 3})

    RunnableLambda(work).invoke("hi")
    (event,) = the_trace().data.spans[0].events
    assert (event["name"], event["attributes"]) == ("progress", {"data": {"done": 3}})


def test_nothing_is_recorded_while_tracing_is_disabled(chat_model):
    with spanloom.tracing_disabled():
        create_agent(chat_model(ANSWER), [], name="agent").invoke(QUESTION)
    assert spanloom.search_traces() == []


def test_tracing_can_be_disabled_inside_a_tool(the_trace):
    @tool
    def look_up(city: str) -> str:
        """Look it up."""
        with spanloom.tracing_disabled():
            return RunnableLambda(str.upper).invoke(city)

    look_up.invoke({"city": "Paris"})
    assert outline(the_trace()) == "TOOL look_up"


def test_a_run_that_is_not_sampled_leaves_nothing(chat_model):
    spanloom.configure(sample_rate=0.0)

    @tool
    def look_up(city: str) -> str:
        """Look it up."""
        spanloom.configure(sample_rate=1.0)
        with spanloom.start_span("query"):
            return city

    create_agent(chat_model(CALL, ANSWER), [look_up], name="agent").invoke(QUESTION)
    assert spanloom.search_traces() == []


def test_many_threads_at_once(chat_model):
    chain = RunnableLambda(lambda number: number + 1, name="add") | RunnableLambda(lambda number: number, name="same")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(chain.invoke, range(100))) == list(range(1, 101))
    traces = spanloom.search_traces(max_results=200)
    assert [len(trace.data.spans) for trace in traces] == [3] * 100
