from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

import spanloom
from spanloom.testing import ProviderServer
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing.guard import failures
from spanloom.tracing.traces import Trace
from spanloom_autolog.llama_index.hook import runs

NOT_KEPT_ALIVE = httpx.Limits(max_keepalive_connections=0)
INCLUDE_USAGE = {"stream_options": {"include_usage": True}}


@pytest.fixture(autouse=True)
def autologging(store) -> Iterator[None]:
    spanloom.autolog("llama_index")
    with warnings.catch_warnings():
        # LlamaIndex uses what pydantic, and its own workflows, call deprecated.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        # Clients and memories are left to the garbage collector, too.
        warnings.filterwarnings("ignore", category=ResourceWarning)
        yield
        collect_garbage()
    # What a handler raises LlamaIndex swallows: only here it shows.
    assert not failures
    assert not runs._open
    assert spanloom.get_current_active_span() is None


@pytest.fixture
def provider() -> Iterator[Callable[..., ProviderServer]]:
    """Start a server with the given replies; without any it echoes."""
    with ExitStack() as servers:
        yield lambda *replies: servers.enter_context(ProviderServer(replies or None))


@pytest.fixture
def model(provider) -> Callable[..., OpenAI]:
    """A model whose provider gives the replies, or that asks the server given."""

    def make(*replies: Any, server: ProviderServer | None = None, of: type[OpenAI] = OpenAI, **options: Any) -> OpenAI:
        server = server or provider(*replies)
        options = {"model": "gpt-4o-mini", "additional_kwargs": INCLUDE_USAGE, **options}
        # Nobody closes a model's clients: no connection may stay open.
        clients = {
            "http_client": httpx.Client(limits=NOT_KEPT_ALIVE),
            "async_http_client": httpx.AsyncClient(limits=NOT_KEPT_ALIVE),
        }
        return of(api_base=server.base_url, api_key="unused", max_retries=0, **clients, **options)

    return make


@pytest.fixture
def index(provider) -> VectorStoreIndex:
    """Two documents, indexed without leaving a trace."""
    embedding = OpenAIEmbedding(api_base=provider().base_url, api_key="unused", max_retries=0)
    documents = [
        Document(text="Paris is sunny.", id_="d1", metadata={"page": 3}),
        Document(text="Oslo is rainy.", id_="d2"),
    ]
    with spanloom.tracing_disabled():
        return VectorStoreIndex.from_documents(documents, embed_model=embedding)


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read
