from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")
pytest.importorskip("autogen_ext.models.openai")

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient

from spanloom.agents.background import run_sync
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer, check_events

ABILITIES = ModelInfo(vision=True, function_calling=True, json_output=True, structured_output=True, family="unknown")


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def model(server: ProviderServer) -> Iterator[Callable[..., OpenAIChatCompletionClient]]:
    """Makes model clients that ask the server."""
    clients: list[OpenAIChatCompletionClient] = []

    def make() -> OpenAIChatCompletionClient:
        options = {"include_usage": True}
        client = OpenAIChatCompletionClient(
            model="gpt-test",
            base_url=server.base_url,
            api_key="unused",
            max_retries=0,
            model_info=ABILITIES,
            stream_options=options,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        run_sync(client.close())


@pytest.fixture
def assistant(model: Callable[[], OpenAIChatCompletionClient]) -> Callable[..., AssistantAgent]:
    """Makes assistants that stream."""

    def make(name: str = "helper", **options: Any) -> AssistantAgent:
        given = {"model_client_stream": True, "max_tool_iterations": 5, "system_message": f"You are {name}.", **options}
        return AssistantAgent(name, model(), **given)

    return make


@pytest.fixture(params=["predict", "predict_stream"])
def ask(request) -> Callable[..., dict[str, Any]]:
    """Asks an agent, whole or streaming, and returns the response."""

    def ask(agent: Any, question: Any, **fields: Any) -> dict[str, Any]:
        if request.param == "predict":
            return agent.predict({"input": question, **fields}).model_dump(exclude_none=True)
        events = list(agent.predict_stream({"input": question, **fields}))
        check_events(events)
        return reduce_stream(events).model_dump(exclude_none=True)

    return ask


@pytest.fixture
def said() -> Callable[[dict[str, Any]], list[tuple[Any, ...]]]:
    """Returns what the items of a response say, without their ids."""
    return lambda response: [_said(item) for item in response["output"]]


def _said(item: dict[str, Any]) -> tuple[Any, ...]:
    match item["type"]:
        case "message":
            return "message", item.get("name"), "".join(part["text"] for part in item["content"])
        case "reasoning":
            return "reasoning", "".join(part["text"] for part in item["summary"])
        case "function_call":
            return "call", item["name"]
        case _:
            return "result", item["output"]


@pytest.fixture
def asked(server: ProviderServer) -> Callable[..., list[tuple[str, Any, Any]]]:
    """Returns role, name and content of the messages that a request to the model held; of the last one by default."""

    def asked(number: int = -1) -> list[tuple[str, Any, Any]]:
        messages = server.requests[number].body["messages"]
        return [(message["role"], message.get("name"), message.get("content")) for message in messages]

    return asked
