"""Both plugins on: one span per model call, which says what either of them knows."""

from __future__ import annotations

import asyncio

import pytest
from inline_snapshot import snapshot
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_openai import OpenAIEmbeddings
from langgraph.graph import START, MessagesState, StateGraph
from openai import AsyncOpenAI, OpenAI

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes

USAGE = Usage(7, 3)
QUESTION = {"messages": [("user", "hi")]}
MESSAGES = [{"role": "user", "content": "direct"}]


@pytest.fixture(autouse=True)
def both_plugins(autologging) -> None:
    spanloom.autolog("openai")


@pytest.fixture(params=["openai first", "langchain first"])
def either_order(request) -> None:
    if request.param == "openai first":
        spanloom.autolog("langchain", disable=True)
        spanloom.autolog("langchain")


def model_spans():
    return [
        span
        for trace in spanloom.search_traces()
        for span in trace.data.spans
        if span.span_type in ("CHAT_MODEL", "LLM", "EMBEDDING")
    ]


@pytest.mark.usefixtures("either_order")
@pytest.mark.parametrize("responses", [False, True])
def test_a_call_is_one_span(chat_model, the_trace, responses):
    chat_model(Reply("hi", usage=USAGE), use_responses_api=responses).invoke("hi")
    assert outline(the_trace()) == "CHAT_MODEL ChatOpenAI [7+3 tokens]"
    assert the_trace().info.token_usage.total_tokens == 10


@pytest.mark.anyio
@pytest.mark.parametrize("responses", [False, True])
async def test_an_async_call_is_one_span(chat_model, the_trace, responses):
    await chat_model(Reply("hi", usage=USAGE), use_responses_api=responses).ainvoke("hi")
    assert outline(the_trace()) == "CHAT_MODEL ChatOpenAI [7+3 tokens]"


@pytest.mark.parametrize("responses", [False, True])
def test_a_stream_is_one_span(chat_model, the_trace, responses):
    list(chat_model(Reply("hi", usage=USAGE), use_responses_api=responses, stream_usage=True).stream("hi"))
    assert outline(the_trace()) == "CHAT_MODEL ChatOpenAI [7+3 tokens]"
    assert the_trace().info.token_usage.total_tokens == 10


@pytest.mark.anyio
async def test_an_async_stream_is_one_span(chat_model, the_trace):
    model = chat_model(Reply("hi", usage=USAGE), stream_usage=True)
    assert [chunk async for chunk in model.astream("hi")]
    assert outline(the_trace()) == "CHAT_MODEL ChatOpenAI [7+3 tokens]"


def test_structured_output_is_one_span(chat_model):
    schema = {"title": "city", "type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    model = chat_model(Reply('{"name": "Paris"}', usage=USAGE))
    assert model.with_structured_output(schema, method="json_schema").invoke("hi") == {"name": "Paris"}
    assert len(model_spans()) == 1


def test_the_client_adds_what_langchain_does_not_know(chat_model):
    chat_model(Reply("hi", usage=USAGE)).invoke("hi")
    (both,) = model_spans()
    spanloom.autolog("openai", disable=True)
    chat_model(Reply("hi", usage=USAGE)).invoke("hi")
    alone = spanloom.search_traces()[0].data.spans[0]
    added = both.attributes.keys() - alone.attributes.keys()
    assert attributes.REQUEST_ID in added
    assert alone.attributes.keys() <= both.attributes.keys()
    assert both.attributes[attributes.RESPONSE_MODEL] == "gpt-5-mini"


@pytest.mark.anyio
async def test_an_agent_has_one_span_per_model_call(chat_model, get_weather, the_trace):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=USAGE)
    agent = create_agent(chat_model(call, Reply("Sunny.", usage=USAGE), stream_usage=True), [get_weather], name="agent")
    async for _ in agent.astream(QUESTION, stream_mode="messages"):
        pass
    assert outline(the_trace()) == snapshot("""\
AGENT agent
  TASK model
    CHAT_MODEL ChatOpenAI [7+3 tokens]
  TASK tools
    TOOL get_weather
  TASK model
    CHAT_MODEL ChatOpenAI [7+3 tokens]\
""")
    assert the_trace().info.token_usage.total_tokens == 20


@pytest.mark.anyio
async def test_two_models_at_once_in_one_node(chat_model, the_trace):
    one, two = chat_model(Reply("one", usage=Usage(1, 1))), chat_model(Reply("two", usage=Usage(2, 2)))

    async def ask(state: MessagesState) -> dict[str, object]:
        return {"messages": list(await asyncio.gather(*(model.ainvoke(state["messages"]) for model in (one, two))))}

    await StateGraph(MessagesState).add_node("ask", ask).add_edge(START, "ask").compile().ainvoke(QUESTION)
    assert outline(the_trace()) == snapshot("""\
WORKFLOW LangGraph
  TASK ask
    CHAT_MODEL ChatOpenAI [1+1 tokens]
    CHAT_MODEL ChatOpenAI [2+2 tokens]\
""")


def test_a_batch_has_one_span_per_input(chat_model):
    model = chat_model(*[Reply("hi", usage=USAGE)] * 4)
    model.batch(["a", "b", "c", "d"])
    assert [span.name for span in model_spans()] == ["ChatOpenAI"] * 4


def test_a_direct_call_between_chunks_is_a_span_of_its_own(chat_model, provider):
    client = OpenAI(base_url=provider(Reply("direct", usage=USAGE)).base_url, api_key="unused", max_retries=0)
    stream = chat_model(Reply("one two", usage=USAGE), stream_usage=True).stream("hi")
    next(stream)
    client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    list(stream)
    client.close()
    direct, streamed = spanloom.search_traces()
    assert streamed.info.name == "ChatOpenAI"
    assert direct.info.response_preview == "direct"
    assert [trace.info.token_usage.total_tokens for trace in (direct, streamed)] == [10, 10]


@pytest.mark.anyio
async def test_direct_calls_in_nodes_and_tools_are_spans_of_their_own(chat_model, provider, the_trace):
    server = provider(Reply("direct", usage=Usage(1, 1)), Reply("direct", usage=Usage(1, 1)))
    client = AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0)

    @tool
    async def ask(question: str) -> str:
        """Ask another model."""
        completion = await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
        return completion.choices[0].message.content

    model = chat_model(Reply("one", usage=USAGE))

    async def node(state: MessagesState) -> dict[str, object]:
        answer = await model.ainvoke(state["messages"])
        await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
        await ask.ainvoke({"question": "why?"})
        return {"messages": [answer]}

    await StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").compile().ainvoke(QUESTION)
    await client.close()
    assert outline(the_trace()) == snapshot("""\
WORKFLOW LangGraph
  TASK node
    CHAT_MODEL ChatOpenAI [7+3 tokens]
    CHAT_MODEL chat gpt-5 [1+1 tokens]
    TOOL ask
      CHAT_MODEL chat gpt-5 [1+1 tokens]\
""")


def test_the_embeddings_of_a_retriever_are_below_it(provider):
    embeddings = OpenAIEmbeddings(
        model="text-embedding-3-small",
        base_url=provider().base_url,
        api_key="unused",
        check_embedding_ctx_length=False,
    )

    class Nearest(BaseRetriever):
        def _get_relevant_documents(self, query: str, **_: object) -> list[Document]:
            return [Document(query, metadata={"dimensions": len(embeddings.embed_query(query))})]

    Nearest().invoke("weather")
    (trace,) = spanloom.search_traces()
    assert [span.span_type for span in trace.data.spans] == ["RETRIEVER", "EMBEDDING"]
    assert trace.data.spans[1].parent_id == trace.data.spans[0].span_id


def test_a_failing_call_is_one_span(chat_model, the_trace):
    with pytest.raises(Exception, match="overloaded"):
        chat_model(ErrorReply(500, "overloaded")).invoke("hi")
    (span,) = the_trace().data.spans
    assert (span.name, span.status) == ("ChatOpenAI", "ERROR")
