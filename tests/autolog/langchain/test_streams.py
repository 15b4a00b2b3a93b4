"""Streams that are closed, abandoned or cancelled, and streams that must come through unharmed."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool

import spanloom
from spanloom.testing import Reply, outline
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing import attributes
from spanloom_autolog.langchain.hook import runs

QUESTION = {"messages": [("user", "hi")]}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Answers held by it go on at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


def without_addresses(text: str) -> str:
    return re.sub(r"CancelledError: <object object at \w+>", "CancelledError", text)


def test_the_first_token_is_timed_and_no_event_is_kept_per_token(chat_model, the_trace):
    assert len(list(chat_model(Reply("one two three")).stream("hi"))) > 3
    (span,) = the_trace().data.spans
    assert span.events == []
    assert 0 < span.attributes[attributes.TIME_TO_FIRST_CHUNK_MS] <= span.duration_ms


def test_a_closed_stream_ends_the_model_span_with_what_was_streamed(chat_model, gate, the_trace):
    stream = chat_model(Reply("one two three", hold=gate, hold_after=2)).stream("hi")
    for chunk in stream:
        if chunk.text == "two ":
            break
    stream.close()
    (span,) = the_trace().data.spans
    assert (span.status, span.attributes[attributes.STREAM_END]) == ("OK", "closed")
    assert span.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}


@pytest.mark.anyio
async def test_a_closed_async_stream_ends_the_model_span(chat_model, gate, the_trace):
    stream = chat_model(Reply("one two three", hold=gate, hold_after=1)).astream("hi")
    await anext(stream)
    await stream.aclose()
    (span,) = the_trace().data.spans
    assert (span.status, span.attributes[attributes.STREAM_END]) == ("OK", "closed")


def test_an_abandoned_stream_ends_its_span(chat_model, gate, the_trace):
    for _ in chat_model(Reply("one two three", hold=gate, hold_after=1)).stream("hi"):
        break
    collect_garbage()
    assert outline(the_trace()) == "CHAT_MODEL ChatOpenAI"


def test_a_closed_graph_stream_is_no_error(chat_model, the_trace):
    agent = create_agent(chat_model(Reply("one two three")), [], name="agent")
    stream = agent.stream(QUESTION, stream_mode="messages")
    next(stream)
    stream.close()
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT agent
  TASK model
    CHAT_MODEL ChatOpenAI\
""")
    assert trace.data.spans[0].attributes[attributes.STREAM_END] == "closed"


@pytest.mark.anyio
async def test_a_closed_async_graph_stream_cancels_what_runs_below(chat_model, gate, the_trace):
    agent = create_agent(chat_model(Reply("one two three", hold=gate, hold_after=2)), [], name="agent")
    stream = agent.astream(QUESTION, stream_mode="messages")
    heard = ""
    async for chunk, _ in stream:
        heard += chunk.text
        if heard == "one two ":  # all there is: before Python 3.12, a cancellation that meets a result can be lost
            break
    await stream.aclose()
    trace = the_trace()
    assert without_addresses(outline(trace)) == snapshot("""\
AGENT agent
  TASK model (CANCELLED: CancelledError)
    CHAT_MODEL ChatOpenAI (CANCELLED: CancelledError)\
""")
    assert trace.data.spans[0].attributes[attributes.STREAM_END] == "closed"
    assert trace.data.spans[-1].outputs["messages"][0]["content"].startswith("one ")


@pytest.mark.anyio
async def test_a_closed_async_sequence_ends_every_span(chat_model, gate, the_trace):
    model = chat_model(Reply("one two three", hold=gate, hold_after=2))
    stream = (ChatPromptTemplate.from_messages([("user", "{q}")]) | model | StrOutputParser()).astream({"q": "hi"})
    await anext(stream)
    await stream.aclose()
    while runs._open:  # noqa: ASYNC110 - LangChain leaves the inner generators to the event loop
        await asyncio.sleep(0)
    assert outline(the_trace()) == snapshot("""\
CHAIN RunnableSequence
  CHAIN ChatPromptTemplate
  CHAT_MODEL ChatOpenAI
  PARSER StrOutputParser\
""")


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["model", "sequence", "agent"])
async def test_cancellation_ends_every_span_as_cancelled(chat_model, provider, gate, the_trace, kind):
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()
    server = provider()

    def answer(_):
        loop.call_soon_threadsafe(arrived.set)
        return Reply("late", hold=gate)

    server.script(answer)
    model = chat_model(server=server)
    work = {
        "model": lambda: model.ainvoke("hi"),
        "sequence": lambda: (ChatPromptTemplate.from_messages([("user", "{q}")]) | model).ainvoke({"q": "hi"}),
        "agent": lambda: create_agent(model, [], name="agent").ainvoke(QUESTION),
    }[kind]
    task = asyncio.create_task(work())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    spans = the_trace().data.spans
    assert {span.status for span in spans if span.name != "ChatPromptTemplate"} == {"CANCELLED"}
    assert spans[-1].name == "ChatOpenAI"


@pytest.mark.anyio
async def test_a_cancelled_tool_ends(the_trace):
    started = asyncio.Event()

    @tool
    async def wait(city: str) -> str:
        """Wait."""
        started.set()
        return await asyncio.Future()

    task = asyncio.create_task(wait.ainvoke({"city": "Paris"}))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outline(the_trace()) == "TOOL wait (CANCELLED: CancelledError)"


@pytest.mark.anyio
async def test_a_cancelled_retriever_ends(the_trace):
    started = asyncio.Event()

    class Slow(BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: object) -> list[Document]:
            raise NotImplementedError

        async def _aget_relevant_documents(
            self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
        ) -> list[Document]:
            started.set()
            return await asyncio.Future()

    task = asyncio.create_task(Slow().ainvoke("hi"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outline(the_trace()) == "RETRIEVER Slow (CANCELLED: CancelledError)"


@pytest.mark.anyio
async def test_what_the_user_sees_is_the_same_with_and_without_autologging(chat_model, get_weather):
    replies = [Reply("one two"), Reply("one two")]

    async def run():
        agent = create_agent(chat_model(*replies), [get_weather], name="agent")
        events = [
            (event["event"], event["name"], sorted(event["data"]), event["tags"])
            async for event in agent.astream_events(QUESTION, version="v2")
        ]
        chunks = [
            (chunk.text, type(chunk).__name__, sorted(metadata))
            async for chunk, metadata in agent.astream(QUESTION, stream_mode="messages")
        ]
        return events, chunks

    traced = await run()
    assert len(spanloom.search_traces()) == 2
    spanloom.autolog(disable=True)
    plain = await run()
    assert traced == plain
    assert len(spanloom.search_traces()) == 2
