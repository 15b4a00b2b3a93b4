from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("agents")

from agents import (
    Agent,
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    function_tool,
    set_trace_processors,
)
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseCompletedEvent

from spanloom.agents.background import run_sync
from spanloom.schemas.construct import create_response
from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ProviderServer
from spanloom.testing.grammar import check_events


@pytest.fixture(autouse=True)
def silent() -> None:
    set_trace_processors([])  # nothing is sent to OpenAI, whatever keys the environment holds


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer([]) as server:
        yield server


@pytest.fixture(params=["chat", "responses"])
def wire(request) -> str:
    return request.param


@pytest.fixture
def model(server) -> Iterator[Callable[..., Model]]:
    """Makes models that ask the server, on the wire `chat` or `responses`."""
    client = AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0)
    kinds = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}
    yield lambda wire="responses": kinds[wire]("gpt-5-mini", client)
    run_sync(client.close())


@pytest.fixture
def make_agent(model) -> Callable[..., Agent[Any]]:
    def make(wire: str = "responses", name: str = "agent", **options: Any) -> Agent[Any]:
        settings = ModelSettings(include_usage=True)
        return Agent(name, **{"model": model(wire), "model_settings": settings, **options})

    return make


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Streams an agent's answer, which must obey the grammar and the `openai` package's types."""

    def ask(agent: Any, question: Any, **fields: Any) -> Any:
        events = list(agent.predict_stream(input=question, **fields))
        check_events(events)
        response = reduce_stream(events)
        body = response.model_dump(exclude_none=True)
        ids = [item["id"] for item in body["output"]]
        assert len(set(ids)) == len(ids)
        assert "__fake_id__" not in ids
        Response.model_validate({**body, "incomplete_details": None})
        return response

    return ask


@pytest.fixture
def shape() -> Callable[[Any], list[tuple[Any, ...]]]:
    """Returns what items say."""

    def one(item: dict[str, Any]) -> tuple[Any, ...]:
        match item["type"]:
            case "message":
                text = "".join(part.get("text", part.get("refusal", "")) for part in item["content"])
                return (item.get("name"), text)
            case "function_call" | "mcp_approval_request":
                return (item["type"], item["name"], item["arguments"])
            case "function_call_output":
                return (item["type"], item["output"])
            case kind:
                return (kind,)

    return lambda items: [one(item) for item in items]


@pytest.fixture
def get_weather() -> Any:
    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    return get_weather


class WholeAnswers(Model):
    """A model of a user's own that has its answers ready, as a cache has."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.inputs: list[Any] = []

    async def get_response(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError

    async def stream_response(self, _system: Any, given: Any, *_args: Any, **_kwargs: Any) -> Any:
        self.inputs.append(given)
        body = create_response(self.answers.pop(0), model="cache")
        yield ResponseCompletedEvent(
            type="response.completed", sequence_number=0, response=Response.model_validate(body)
        )


@pytest.fixture
def whole_answers() -> type[WholeAnswers]:
    return WholeAnswers
