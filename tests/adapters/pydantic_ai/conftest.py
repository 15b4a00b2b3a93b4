from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("pydantic_ai.models.openai")

from openai import AsyncOpenAI
from openai.types.responses import Response
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

import spanloom
from spanloom.agents.background import run_sync
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer
from spanloom.testing.grammar import check_events

NAMES = {"chat": "gpt-test", "responses": "gpt-5-mini"}
"""Reasoning models take no `temperature`; only they get their reasoning back."""


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def model(server) -> Iterator[Callable[..., Any]]:
    """Makes a model that talks to the server on the wire `chat` or `responses`."""
    client = AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0)
    provider = OpenAIProvider(openai_client=client)
    kinds = {"chat": OpenAIChatModel, "responses": OpenAIResponsesModel}
    yield lambda wire="chat": kinds[wire](NAMES[wire], provider=provider)
    run_sync(client.close())


@pytest.fixture
def agent(model) -> Callable[..., Any]:
    """Makes an agent and wraps it; options of `wrap` are those with the prefix `wrap_`."""

    def make(*tools: Any, wire: str = "chat", **given: Any) -> Any:
        options = {name.removeprefix("wrap_"): given.pop(name) for name in list(given) if name.startswith("wrap_")}
        return spanloom.wrap(Agent(model(wire), name="wx", tools=tools, **given), **options)

    return make


@pytest.fixture(params=["predict", "apredict_stream"])
def ask(request) -> Callable[..., Any]:
    """Asks an agent; streams must obey the grammar, responses the `openai` package's types."""

    async def collect(agent, fields):
        return [event async for event in agent.apredict_stream(**fields)]

    def ask(agent, **fields):
        if request.param == "predict":
            response = agent.predict(**fields)
        else:
            events = asyncio.run(collect(agent, fields))
            check_events(events)
            response = reduce_stream(events)
        # The reasons of an agent (`interrupt`, `max_turns`) are words of its own.
        Response.model_validate(response.model_dump(exclude_none=True, exclude={"incomplete_details"}))
        return response

    return ask


@pytest.fixture
def shape() -> Callable[[Any], list[tuple[str, Any]]]:
    """Returns what a response's items say, without their ids."""
    return lambda response: [_shape(item.model_dump()) for item in response.output]


def _shape(item: dict[str, Any]) -> tuple[str, Any]:
    match item["type"]:
        case "message":
            return "message", "".join(part.get("text", part.get("refusal")) for part in item["content"])
        case "function_call":
            return "call", item["arguments"]
        case "function_call_output":
            return "output", item["output"]
        case "reasoning":
            return "reasoning", "\n".join(part["text"] for part in item["summary"])
        case kind:
            return kind, item.get("arguments")
