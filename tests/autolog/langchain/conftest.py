from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import Trace


@pytest.fixture(autouse=True)
def autologging(store) -> None:
    spanloom.autolog("langchain")


@pytest.fixture
def provider() -> Iterator[Callable[..., ProviderServer]]:
    """Start a server with the given replies; without any it echoes."""
    with ExitStack() as servers:
        yield lambda *replies: servers.enter_context(ProviderServer(replies or None))


@pytest.fixture
def chat_model(provider) -> Callable[..., ChatOpenAI]:
    """A chat model whose provider gives the replies, or that asks the server given."""

    def make(*replies: Any, server: ProviderServer | None = None, **options: Any) -> ChatOpenAI:
        server = server or provider(*replies)
        return ChatOpenAI(model="gpt-5-mini", base_url=server.base_url, api_key="unused", max_retries=0, **options)

    return make


@pytest.fixture
def get_weather() -> Any:
    @tool
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
