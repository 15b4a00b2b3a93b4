from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import ReadableSpan, Trace


@pytest.fixture(autouse=True)
def autologging(store) -> None:
    spanloom.autolog("pydantic_ai")


@pytest.fixture
async def provider() -> AsyncIterator[Callable[..., OpenAIProvider]]:
    """OpenAI's provider, whose server gives the replies; without any it echoes."""
    async with AsyncExitStack() as stack:

        def start(*replies: Any) -> OpenAIProvider:
            server = stack.enter_context(ProviderServer(replies or None))
            client = AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0)
            stack.push_async_callback(client.close)
            return OpenAIProvider(openai_client=client)

        yield start


@pytest.fixture
def chat_model(provider) -> Callable[..., OpenAIChatModel]:
    return lambda *replies: OpenAIChatModel("gpt-5-mini", provider=provider(*replies))


@pytest.fixture
def agent(chat_model) -> Callable[..., Agent[Any, Any]]:
    """An agent whose model gives the replies."""
    return lambda *replies, **options: Agent(chat_model(*replies), **{"name": "wx", **options})


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def the_span(the_trace) -> Callable[[str], ReadableSpan]:
    """Return the only span of a type."""

    def read(span_type: str) -> ReadableSpan:
        (span,) = the_trace().search_spans(span_type=span_type)
        return span

    return read
