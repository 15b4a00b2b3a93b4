from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

pytest.importorskip("llama_index.llms.openai")

from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.llms.openai import OpenAI

from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer
from spanloom.testing.garbage import collect_garbage
from spanloom.testing.grammar import check_events
from spanloom.tracing.guard import failures

NOT_KEPT_ALIVE = httpx.Limits(max_keepalive_connections=0)


def pytest_itemcollected(item: pytest.Item) -> None:
    # Its SQLite memory is closed by the collector, whatever test runs then, and misses the loop it was opened on.
    item.add_marker(pytest.mark.filterwarnings("ignore:Exception in thread .*_connection_worker_thread"))


@contextmanager
def quiet() -> Iterator[None]:
    """LlamaIndex uses what pydantic, and its own workflows, call deprecated; clients are left to the collector."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=ResourceWarning)
        yield


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    yield
    with quiet():
        collect_garbage()


@pytest.fixture(autouse=True)
def unharmed(store) -> Iterator[None]:
    with quiet():
        yield
    # What a handler raises LlamaIndex swallows: only here it shows.
    assert not failures


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def model(server) -> Callable[..., OpenAI]:
    """Makes a model that asks the server."""

    def make(**options: Any) -> OpenAI:
        return OpenAI(
            model="gpt-4o-mini",
            api_base=server.base_url,
            api_key="unused",
            max_retries=0,
            http_client=httpx.Client(limits=NOT_KEPT_ALIVE),
            async_http_client=httpx.AsyncClient(limits=NOT_KEPT_ALIVE),
            **{"additional_kwargs": {"stream_options": {"include_usage": True}}, **options},
        )

    return make


class CityEmbedding(MockEmbedding):
    """Paris is nearer to everything than Oslo, but to Oslo."""

    def _get_vector(self, text="") -> list[float]:
        return [0.1, 1.0] if "Oslo" in text else [1.0, 0.2]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_vector(query)


@pytest.fixture
def index() -> VectorStoreIndex:
    documents = [
        Document(text="Paris is sunny.", id_="d1", metadata={"file_name": "weather/paris.txt", "page": 3}),
        Document(text="Oslo is rainy.", id_="d2", metadata={"url": "https://example.com/oslo", "title": "Oslo"}),
    ]
    return VectorStoreIndex.from_documents(documents, embed_model=CityEmbedding(2))


@pytest.fixture(params=["predict", "predict_stream"])
def ask(request) -> Callable[..., Any]:
    """Asks an agent in one of two ways; streams must obey the grammar."""

    def ask(agent, **fields):
        if request.param == "predict":
            return agent.predict(**fields)
        events = list(agent.predict_stream(**fields))
        check_events(events)
        return reduce_stream(events)

    return ask


@pytest.fixture
def shape() -> Callable[[Any], list[tuple[str, Any]]]:
    """Returns what a response's items say, without their ids."""
    return lambda response: [item_shape(item) for item in response.model_dump(exclude_none=True)["output"]]


def item_shape(item: dict[str, Any]) -> tuple[str, Any]:
    match item["type"]:
        case "message":
            return "message", "".join(part.get("text", part.get("refusal", "")) for part in item["content"])
        case "reasoning":
            return "reasoning", "\n".join(part["text"] for part in item["summary"])
        case "function_call":
            return item["name"], item["arguments"]
        case kind:
            return kind, item["output"]
