from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from anthropic import Anthropic, AsyncAnthropic

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import ReadableSpan


@pytest.fixture(autouse=True)
def _autolog(store):
    spanloom.autolog("anthropic")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def client(server) -> Iterator[Anthropic]:
    with Anthropic(base_url=server.root_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(server) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=server.root_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
def only_span() -> Callable[[], ReadableSpan]:
    """Read the one span that was stored; fails if there are more or none."""

    def read() -> ReadableSpan:
        [trace] = spanloom.search_traces()
        [span] = trace.data.spans
        return span

    return read
