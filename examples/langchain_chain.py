"""A LangChain chain with sources, traced and wrapped: `pip install 'spanloom[demo]'`, then run this file.

Talks to a scripted model; with OPENAI_API_KEY set, to OpenAI's.
"""

from __future__ import annotations

import os
from operator import itemgetter

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_openai import ChatOpenAI

import spanloom
from spanloom.testing import ProviderServer, Reply, outline


def search(question: str) -> list[Document]:
    return [Document("It scatters blue light.", metadata={"url": "https://example.com/sky", "title": question})]


spanloom.autolog()
with ProviderServer([Reply("Because it scatters blue light.")]) as server:
    fake = {} if "OPENAI_API_KEY" in os.environ else {"base_url": server.base_url, "api_key": "unused"}
    model = ChatOpenAI(model="gpt-5-mini", stream_usage=True, **fake)
    write = ChatPromptTemplate([("user", "{context}\n\n{question}")]) | model | StrOutputParser()
    found = RunnablePassthrough.assign(context=itemgetter("question") | RunnableLambda(search))
    agent = spanloom.wrap(found.assign(answer=write), name="librarian")
    response = agent.predict(input="Why is the sky blue?")

print(response.output_text)
print([annotation["url"] for annotation in response.model_dump()["output"][0]["content"][0]["annotations"]])
[trace] = spanloom.search_traces(max_results=1)
print(outline(trace))
