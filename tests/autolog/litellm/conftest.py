from __future__ import annotations

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the prices would be fetched at import

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.testing import ProviderServer
from spanloom.tracing.traces import ReadableSpan, Trace

_ITS_OWN_WARNINGS = (
    "ignore:Items? .* on TypedDict class:UserWarning",
    "ignore:Accessing the .* attribute on the instance is deprecated:DeprecationWarning",
    "ignore:Pydantic serializer warnings:UserWarning",
    "ignore:coroutine 'Logging.* was never awaited:RuntimeWarning",
    "ignore::ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in _ITS_OWN_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(autouse=True)
def _autolog(store) -> None:
    import litellm

    litellm.suppress_debug_info = True
    spanloom.autolog("litellm")


@pytest.fixture
def provider() -> Iterator[Callable[..., ProviderServer]]:
    """Start a server with the given replies; without any it echoes."""
    with ExitStack() as servers:
        yield lambda *replies: servers.enter_context(ProviderServer(replies or None))


@pytest.fixture
def at(provider) -> Callable[..., dict[str, Any]]:
    """The arguments of a call to a server that gives the replies, or of the server given."""

    def arguments(*replies: Any, server: ProviderServer | None = None, model: str = "openai/gpt-5-mini") -> Any:
        server = server or provider(*replies)
        return {"model": model, "api_base": server.base_url, "api_key": "unused", "max_retries": 0}

    return arguments


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    def read() -> Trace:
        [trace] = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def only_span(the_trace) -> Callable[[], ReadableSpan]:
    """Read the one span that was stored; fails if there are more or none."""

    def read() -> ReadableSpan:
        [span] = the_trace().data.spans
        return span

    return read
