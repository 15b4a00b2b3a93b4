from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_openai")

from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from openai.types.responses import Response

from spanloom.agents.background import run_sync
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer
from spanloom.testing.grammar import check_events


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def chat_model(server: ProviderServer) -> Iterator[Callable[..., ChatOpenAI]]:
    """Makes a model that talks to the server on the wire `chat` or `responses`."""
    # Without it, the connections would stay in langchain-openai's client for the whole process.
    client = DefaultAsyncHttpxClient()

    def make(wire: str = "chat", **options: Any) -> ChatOpenAI:
        return ChatOpenAI(
            model="gpt-test",
            base_url=server.base_url,
            api_key="unused",
            max_retries=0,
            stream_usage=True,
            http_async_client=client,
            use_responses_api=wire == "responses",
            **options,
        )

    yield make
    run_sync(client.aclose())


@pytest.fixture(params=["chat", "responses"])
def wire(request) -> str:
    return request.param


@pytest.fixture(params=["predict", "apredict", "predict_stream", "apredict_stream"])
def ask(request) -> Callable[..., Any]:
    """Asks an agent in one of the four ways; streams must obey the grammar, responses the `openai` package's types."""

    async def collect(agent, fields):
        return [event async for event in agent.apredict_stream(**fields)]

    def ask(agent, **fields):
        match request.param:
            case "predict":
                response = agent.predict(**fields)
            case "apredict":
                response = asyncio.run(agent.apredict(**fields))
            case "predict_stream":
                response = checked(list(agent.predict_stream(**fields)))
            case _:
                response = checked(asyncio.run(collect(agent, fields)))
        for item in response.model_dump(exclude_none=True)["output"]:
            assert item["id"]
        # The reasons of an agent (`interrupt`, `max_turns`) are words of its own.
        Response.model_validate(response.model_dump(exclude_none=True, exclude={"incomplete_details"}))
        return response

    def checked(events):
        check_events(events)
        return reduce_stream(events)

    return ask


@pytest.fixture
def shape() -> Callable[[Any], list[tuple[str, Any]]]:
    """Returns what a response's items say, without their ids."""

    def shape(response):
        return [_shape(item) for item in response.model_dump(exclude_none=True)["output"]]

    return shape


def _shape(item: dict[str, Any]) -> tuple[str, Any]:
    match item["type"]:
        case "message":
            return "message", "".join(part.get("text", part.get("refusal", "")) for part in item["content"])
        case "reasoning":
            return "reasoning", "\n".join(part["text"] for part in item["summary"])
        case "function_call" | "mcp_approval_request":
            return item["type"], item["arguments"]
        case "function_call_output":
            return item["type"], item["output"]
        case kind:
            return kind, item
