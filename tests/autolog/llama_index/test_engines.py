"""Query engines, chat engines, and what they are made of."""

from __future__ import annotations

import httpx
import pytest
from inline_snapshot import snapshot
from llama_index.core import PromptTemplate
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.instrumentation.dispatcher import instrument_tags
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor import LLMRerank, SimilarityPostprocessor
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.schema import Document
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import FunctionTool, QueryEngineTool

import spanloom
from spanloom.testing import Reply, Usage, outline
from spanloom.testing.garbage import collect_garbage

U = Usage(10, 4)
ANSWER = Reply("It is sunny.", usage=U)

QUERY = """\
CHAIN RetrieverQueryEngine
  RETRIEVER VectorIndexRetriever
    EMBEDDING OpenAIEmbedding
  CHAIN CompactAndRefine
    CHAT_MODEL OpenAI [10+4 tokens]"""


def test_a_query(model, index, the_trace):
    index.as_query_engine(llm=model(ANSWER)).query("Paris?")
    trace = the_trace()
    assert outline(trace) == QUERY
    engine, retriever, embedding, synthesizer, _ = trace.data.spans
    assert (engine.inputs, engine.outputs["response"]) == ({"query": "Paris?"}, "It is sunny.")
    assert retriever.inputs == {"query": "Paris?"}
    best = retriever.outputs[0]
    assert (best["page_content"], best["metadata"]) == ("Paris is sunny.", {"page": 3})
    assert best["score"] > 0
    assert engine.outputs["source_nodes"] == retriever.outputs
    assert synthesizer.inputs == {"query": "Paris?", "node_ids": [node["id"] for node in retriever.outputs]}
    assert embedding.inputs == {"input": "Paris?", "model": "text-embedding-ada-002"}
    assert embedding.outputs == {"count": 1, "dimensions": 1536}
    assert "embedding" not in trace.to_json().replace("text-embedding", "")


@pytest.mark.anyio
async def test_an_asynchronous_query(model, index, the_trace):
    await index.as_query_engine(llm=model(ANSWER)).aquery("Paris?")
    assert outline(the_trace()) == QUERY


def test_a_streamed_query_is_one_trace_and_nothing_of_it_is_lost(model, index, the_trace):
    response = index.as_query_engine(llm=model(ANSWER), streaming=True).query("Paris?")
    tokens = []
    for token in response.response_gen:
        assert spanloom.get_current_active_span() is None
        tokens.append(token)
    assert "".join(tokens) == "It is sunny."
    trace = the_trace()
    assert outline(trace) == QUERY
    assert trace.data.spans[0].outputs["response"] == "It is sunny."
    assert trace.data.spans[0].outputs["source_nodes"]


def test_a_streamed_query_that_is_read_as_text(model, index, the_trace):
    assert str(index.as_query_engine(llm=model(ANSWER), streaming=True).query("Paris?")) == "It is sunny."
    assert outline(the_trace()) == QUERY


@pytest.mark.anyio
async def test_an_asynchronously_streamed_query(model, index, the_trace):
    response = await index.as_query_engine(llm=model(ANSWER), streaming=True).aquery("Paris?")
    with spanloom.start_span("somewhere else"):
        tokens = [token async for token in response.async_response_gen()]
    assert "".join(tokens) == "It is sunny."
    query, elsewhere = sorted(spanloom.search_traces(), key=lambda trace: trace.info.name != "RetrieverQueryEngine")
    assert outline(query) == QUERY
    assert len(elsewhere.data.spans) == 1


def test_a_model_that_is_asked_only_while_the_answer_is_streamed_stands_in_the_same_trace(model, index, the_trace):
    llm = model(Reply("one", usage=U), Reply("two", usage=U))
    response = index.as_query_engine(llm=llm, streaming=True, response_mode="refine").query("Paris?")
    assert "".join(response.response_gen) == "two"
    assert outline(the_trace()) == snapshot("""\
CHAIN RetrieverQueryEngine
  RETRIEVER VectorIndexRetriever
    EMBEDDING OpenAIEmbedding
  CHAIN Refine
    CHAT_MODEL OpenAI [10+4 tokens]
    CHAT_MODEL OpenAI [10+4 tokens]\
""")


def test_a_streamed_query_that_nobody_reads_ends(model, index, the_trace):
    engine = index.as_query_engine(llm=model(ANSWER), streaming=True)
    response = engine.query("Paris?")
    del response
    collect_garbage()
    trace = the_trace()
    assert trace.info.state == "OK"
    assert outline(trace).startswith("""\
CHAIN RetrieverQueryEngine
  RETRIEVER VectorIndexRetriever
    EMBEDDING OpenAIEmbedding
  CHAIN CompactAndRefine""")


def test_a_streamed_query_that_is_left_keeps_what_came(model, index, the_trace):
    llm = model(Reply("one two three"))
    response = index.as_query_engine(llm=llm, streaming=True, response_mode="tree_summarize").query("Paris?")
    for token in response.response_gen:
        if token:
            break
    del response
    collect_garbage()
    trace = the_trace()
    assert trace.data.spans[0].outputs["response"] == "one "
    (asked,) = trace.search_spans(span_type="CHAT_MODEL")
    assert (asked.status, asked.outputs["messages"][0]["content"]) == ("CANCELLED", "one ")


def test_the_client_plugin_adds_only_facts(model, index, the_trace):
    spanloom.autolog("openai")
    response = index.as_query_engine(llm=model(ANSWER), streaming=True).query("Paris?")
    assert "".join(response.response_gen) == "It is sunny."
    assert outline(the_trace()) == QUERY.replace("OpenAIEmbedding", "OpenAIEmbedding [1+0 tokens]")


def test_rerankers_and_other_postprocessors(model, index, the_trace):
    order = Reply("Doc: 2, Relevance: 9\nDoc: 1, Relevance: 1", usage=U)
    chain = [SimilarityPostprocessor(similarity_cutoff=0.0), LLMRerank(llm=model(order), top_n=1)]
    index.as_query_engine(llm=model(ANSWER), node_postprocessors=chain).query("Paris?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
CHAIN RetrieverQueryEngine
  RETRIEVER VectorIndexRetriever
    EMBEDDING OpenAIEmbedding
  CHAIN SimilarityPostprocessor
  RERANKER LLMRerank
    CHAT_MODEL OpenAI [10+4 tokens]
  CHAIN CompactAndRefine
    CHAT_MODEL OpenAI [10+4 tokens]\
""")
    (reranker,) = trace.search_spans(span_type="RERANKER")
    assert reranker.inputs["query"] == "Paris?"
    assert [document["page_content"] for document in reranker.outputs] == ["Oslo is rainy."]


def test_a_router_and_the_engine_that_it_chose(model, index, the_trace):
    tool = QueryEngineTool.from_defaults(index.as_query_engine(llm=model(ANSWER)), name="notes", description="Notes.")
    selector = LLMSingleSelector.from_defaults(llm=model(Reply('[{"choice": 1, "reason": "only one"}]', usage=U)))
    RouterQueryEngine(selector=selector, query_engine_tools=[tool], llm=model()).query("Paris?")
    assert outline(the_trace()) == snapshot("""\
CHAIN RouterQueryEngine
  CHAIN LLMSingleSelector._select
    CHAT_MODEL OpenAI [10+4 tokens]
  CHAIN RetrieverQueryEngine
    RETRIEVER VectorIndexRetriever
      EMBEDDING OpenAIEmbedding
    CHAIN CompactAndRefine
      CHAT_MODEL OpenAI [10+4 tokens]\
""")


CHAT = QUERY.replace("RetrieverQueryEngine", "ContextChatEngine")


def test_a_chat(model, index, the_trace):
    index.as_chat_engine(chat_mode="context", llm=model(ANSWER)).chat("Paris?")
    trace = the_trace()
    assert outline(trace) == CHAT
    engine = trace.data.spans[0]
    assert engine.inputs == {"messages": [{"role": "user", "content": "Paris?"}]}
    assert engine.outputs["messages"] == [{"role": "assistant", "content": "It is sunny."}]
    assert engine.outputs["source_nodes"]


def test_a_streamed_chat_ends_when_its_answer_is_written_to_memory(model, index, the_trace):
    response = index.as_chat_engine(chat_mode="context", llm=model(ANSWER)).stream_chat("Paris?")
    assert "".join(response.response_gen) == "It is sunny."
    trace = the_trace()
    assert outline(trace) == CHAT
    assert trace.info.response_preview == "It is sunny."


@pytest.mark.anyio
async def test_an_asynchronously_streamed_chat(model, index, the_trace):
    response = await index.as_chat_engine(chat_mode="context", llm=model(ANSWER)).astream_chat("Paris?")
    assert "".join([token async for token in response.async_response_gen()]) == "It is sunny."
    assert outline(the_trace()) == CHAT


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_streamed_chat_that_breaks(model, the_trace):
    engine = SimpleChatEngine.from_defaults(llm=model(Reply("one two three", break_after=2)))
    response = engine.stream_chat("count")
    with pytest.raises(httpx.TransportError):
        list(response.response_gen)
    spans = the_trace().data.spans
    assert [(span.span_type, span.status) for span in spans] == [("CHAIN", "ERROR"), ("CHAT_MODEL", "ERROR")]
    assert [span.outputs["messages"][0]["content"].strip() for span in spans] == ["one two"] * 2


def test_a_pipeline_counts_what_goes_through_it(index, the_trace):
    pipeline = IngestionPipeline(transformations=[SentenceSplitter(), index._embed_model])
    pipeline.run(documents=[Document(text="Paris is sunny.")])
    trace = the_trace()
    assert outline(trace) == snapshot("""\
WORKFLOW IngestionPipeline
  PARSER SentenceSplitter
  EMBEDDING OpenAIEmbedding\
""")
    assert [span.outputs["count"] for span in trace.data.spans] == [1, 1, 1]


@pytest.mark.anyio
async def test_a_tool_alone(the_trace):
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    tool = FunctionTool.from_defaults(get_weather)
    with spanloom.start_span("calls"):
        tool("Paris")
        tool.call(city="Paris")
        await tool.acall(city="Paris")
    _, *calls = the_trace().data.spans
    assert len(calls) == 3
    for call in calls:
        assert (call.span_type, call.name) == ("TOOL", "get_weather")
        assert (call.inputs, call.outputs) == ({"city": "Paris"}, "sunny in Paris")


def test_the_users_tags_are_on_the_outermost_span(model, the_trace):
    with instrument_tags({"customer": "acme"}):
        model(ANSWER).predict(PromptTemplate("Say {what}."), what="hi")
    assert the_trace().data.spans[0].attributes["llama_index.tags"] == {"customer": "acme"}
