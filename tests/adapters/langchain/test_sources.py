"""Documents that a run found: annotations of the text, and the list of all in the custom outputs."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.tools import tool

import spanloom
from spanloom.testing import Reply, ToolCall

SKY = Document("The sky is blue.", metadata={"source": "https://example.com/sky", "title": "Sky"})
SEA = Document("The sea is wet.", metadata={"source": "books/sea.txt"}, id="sea-1")


def annotations(response) -> list[list[dict]]:
    messages = [item for item in response.model_dump(exclude_none=True)["output"] if item["type"] == "message"]
    return [part["annotations"] for message in messages for part in message["content"]]


def web(start: int, end: int) -> dict:
    place = {"url": "https://example.com/sky", "title": "Sky", "start_index": start, "end_index": end}
    return {"type": "url_citation", **place}


BOOK = {"type": "file_citation", "file_id": "sea-1", "filename": "sea.txt", "index": 1}


@pytest.mark.parametrize("parser", [True, False])
def test_a_chains_answer_cites_what_was_retrieved(server, chat_model, ask, parser):
    write = ChatPromptTemplate([("user", "{context} {question}")]) | chat_model()
    found = RunnablePassthrough.assign(context=RunnableLambda(lambda inputs: [SKY, SEA]))
    chain = found.assign(answer=write | StrOutputParser() if parser else write)
    server.script([Reply("Blue and wet.")])
    response = ask(spanloom.wrap(chain), input="Colour?")
    assert annotations(response) == [[web(0, 13), BOOK]]
    assert [node["page_content"] for node in response.custom_outputs["source_nodes"]] == [
        "The sky is blue.",
        "The sea is wet.",
    ]


def test_documents_alone_are_the_text_and_cited_where_they_stand(ask, shape):
    response = ask(spanloom.wrap(RunnableLambda(lambda question: [SEA, SKY])), input="Colour?")
    assert shape(response) == [("message", "The sea is wet.\n\nThe sky is blue.")]
    assert annotations(response) == [[{**BOOK, "index": 0}, web(17, 33)]]


def test_the_answer_after_a_tool_cites_the_documents_that_it_found(server, chat_model, wire, ask):
    @tool(response_format="content_and_artifact")
    def search(query: str) -> tuple[str, list[Document]]:
        """Search."""
        return "The sky is blue.", [SKY]

    server.script([Reply("Let me look.", tool_calls=[ToolCall("search", {"query": "sky"})]), Reply("It is blue.")])
    response = ask(spanloom.wrap(create_agent(chat_model(wire), [search])), input="Colour?")
    assert annotations(response) == [[], [web(0, 11)]]
    [node] = response.custom_outputs["source_nodes"]
    assert node["metadata"]["title"] == "Sky"


def test_a_chat_agent_gets_the_sources_too(ask):
    chain = RunnableLambda(lambda question: {"result": "Blue.", "source_documents": [SKY]})
    response = spanloom.wrap(chain, "chat").predict({"messages": [{"role": "user", "content": "Colour?"}]})
    assert response.messages[0].content == "Blue."
    assert len(response.custom_outputs["source_nodes"]) == 1
