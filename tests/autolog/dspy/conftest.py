from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import dspy
import pytest

import spanloom
from spanloom.testing import ProviderServer, Reply, Usage
from spanloom.tracing.guard import failures
from spanloom.tracing.traces import Trace


@pytest.fixture(autouse=True)
def autologging(store) -> Iterator[None]:
    spanloom.autolog("dspy")
    yield
    # DSPy swallows what a callback raises, also in strict mode.
    assert not failures


@pytest.fixture
def provider() -> Iterator[Callable[..., ProviderServer]]:
    """Start a server with the given script; without one it echoes."""
    with ExitStack() as servers:
        yield lambda script=None: servers.enter_context(ProviderServer(script))


@pytest.fixture
def lm(provider) -> Callable[..., dspy.LM]:
    """A model whose provider gives the replies."""

    def make(*replies: Any, script: Any = None, **options: Any) -> dspy.LM:
        server = provider(script or replies)
        chosen = {"cache": False, "num_retries": 0, "api_key": "a secret", **options}
        return dspy.LM("openai/gpt-4o-mini", api_base=server.base_url, **chosen)

    return make


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


def fields(**values: str) -> Reply:
    """Answer as DSPy's chat adapter asks for it."""
    text = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items())
    return Reply(f"{text}\n\n[[ ## completed ## ]]", usage=Usage(10, 2))


@pytest.fixture(name="fields")
def fields_fixture() -> Callable[..., Reply]:
    return fields
