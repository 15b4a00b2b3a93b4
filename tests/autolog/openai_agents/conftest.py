from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_trace_processors,
)
from openai import AsyncOpenAI

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import Trace


@pytest.fixture(autouse=True)
def autologging(store) -> Iterator[None]:
    set_trace_processors([])  # nothing is sent to OpenAI, whatever keys the environment holds
    spanloom.autolog("openai_agents")


@pytest.fixture
def provider() -> Iterator[Callable[..., ProviderServer]]:
    """Start a server with the given replies; without any it echoes."""
    with ExitStack() as servers:
        yield lambda *replies: servers.enter_context(ProviderServer(replies or None))


@pytest.fixture
def clients() -> list[AsyncOpenAI]:
    """Those that are to be closed in their loop."""
    return []


@pytest.fixture
def model(provider, clients) -> Callable[..., Any]:
    """A model whose provider gives the replies; it asks the Responses API, or the one for chat completions."""

    def make(*replies: Any, chat: bool = False) -> Any:
        clients.append(AsyncOpenAI(base_url=provider(*replies).base_url, api_key="unused", max_retries=0))
        kind = OpenAIChatCompletionsModel if chat else OpenAIResponsesModel
        return kind("gpt-5-mini", clients[-1])

    return make


@pytest.fixture
def agent(model) -> Callable[..., Agent[Any]]:
    """An agent whose model gives the replies."""

    def make(*replies: Any, chat: bool = False, name: str = "agent", **options: Any) -> Agent[Any]:
        settings = ModelSettings(include_usage=True)  # a stream of chat completions counts only when asked to
        return Agent(name, model=model(*replies, chat=chat), model_settings=settings, **options)

    return make


@pytest.fixture
def in_loop(clients) -> Callable[..., Any]:
    """Run a coroutine, and close the clients."""

    async def closing(coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await coroutine
        finally:
            while clients:
                await clients.pop().close()

    return lambda coroutine: asyncio.run(closing(coroutine))


@pytest.fixture
def run(in_loop) -> Callable[..., Any]:
    """Run an agent to its end."""
    return lambda *args, **options: in_loop(Runner.run(*args, **options))


@pytest.fixture
def get_weather() -> Any:
    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    return get_weather


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read
