from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("dspy")

import dspy
import openai  # noqa: F401 - DSPy 3.4.0 can't import it by itself when it hands a request with a file over to LiteLLM

import spanloom
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer, Reply, Usage
from spanloom.testing.grammar import check_events


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def lm(server: ProviderServer) -> dspy.LM:
    return dspy.LM("openai/gpt-4o-mini", api_base=server.base_url, api_key="unused", cache=False, num_retries=0)


@pytest.fixture
def ask(server: ProviderServer, lm: dspy.LM) -> Callable[..., Any]:
    """Asks a program whose model gives the replies; the stream must obey the grammar."""

    def ask(program: Any, *replies: Any, options: Any = None, **request: Any) -> Any:
        server.script(replies)
        agent = spanloom.wrap(program, **{"lm": lm, **(options or {})})
        events = list(agent.predict_stream(**{"input": "Paris?", **request}))
        check_events(events)
        response = reduce_stream(events)
        response.deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
        return response

    return ask


@pytest.fixture
def shape() -> Callable[[Any], list[tuple[str, Any]]]:
    """Returns what a response's items say, without their ids."""

    def shape(response: Any) -> list[tuple[str, Any]]:
        items = response if isinstance(response, list) else response.model_dump(exclude_none=True)["output"]
        return [_shape(item) for item in items]

    return shape


def _shape(item: dict[str, Any]) -> tuple[str, Any]:
    match item["type"]:
        case "message":
            return "text", "".join(part["text"] for part in item["content"])
        case "reasoning":
            return "reasoning", "\n".join(part["text"] for part in item["summary"])
        case "function_call":
            return item["name"], item["arguments"]
        case _:
            return "output", item["output"]


@pytest.fixture(scope="session")
def fields() -> Callable[..., Reply]:
    """Answers as DSPy's chat adapter asks for it."""

    def fields(**values: str) -> Reply:
        text = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items())
        return Reply(f"{text}\n\n[[ ## completed ## ]]", usage=Usage(10, 2))

    return fields
