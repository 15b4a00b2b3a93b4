from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import Trace

ABILITIES = ModelInfo(vision=True, function_calling=True, json_output=True, structured_output=True, family="gpt-5")
"""AutoGen knows the models of its time only."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # AutoGen compares the model that answered with a table of its own.
        item.add_marker(pytest.mark.filterwarnings("ignore:Resolved model mismatch:UserWarning"))


@pytest.fixture(autouse=True)
def autologging(store) -> None:
    spanloom.autolog("autogen")


@pytest.fixture
async def client() -> AsyncIterator[Callable[..., OpenAIChatCompletionClient]]:
    """A model client whose provider gives the replies."""
    async with AsyncExitStack() as opened:

        def make(*replies: Any, **options: Any) -> OpenAIChatCompletionClient:
            server = opened.enter_context(ProviderServer(replies))
            made = OpenAIChatCompletionClient(
                model="gpt-5-mini",
                base_url=server.base_url,
                api_key="unused",
                max_retries=0,
                model_info=ABILITIES,
                **options,
            )
            opened.push_async_callback(made.close)
            return made

        yield make


@pytest.fixture
def agent(client) -> Callable[..., AssistantAgent]:
    """An agent whose model gives the replies."""

    def make(name: str, *replies: Any, **options: Any) -> AssistantAgent:
        return AssistantAgent(name, client(*replies), **options)

    return make


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def the_span(the_trace) -> Callable[[str], Any]:
    """Return the only span of a type."""

    def read(span_type: str) -> Any:
        (span,) = the_trace().search_spans(span_type=span_type)
        return span

    return read
