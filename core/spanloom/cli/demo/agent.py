"""The demo's agent: LangGraph, the OpenAI client, and two tools whose data is made up."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

from spanloom.errors import MissingExtraError

__all__ = ["QUESTION", "build_agent", "require_frameworks"]

QUESTION = "Is it warmer in Paris or in Oslo right now? And how many people live in the warmer city?"

_INSTRUCTIONS = (
    "Answer in two or three sentences of plain text. Look facts up with the tools, several at once where you can."
)

# Slow enough to be seen in the waterfall: a real tool would ask somebody.
_WEATHER_SECONDS = {"Paris": 0.22, "Oslo": 0.34}
_WEATHER = {"Paris": "21 °C, sunny", "Oslo": "9 °C, light rain"}
_POPULATION = {"Paris": 2_100_000, "Oslo": 720_000}


def get_weather(city: str) -> str:
    """Return the present weather in a city."""
    time.sleep(_WEATHER_SECONDS.get(city, 0.1))
    return _WEATHER.get(city, f"no weather station in {city}; known cities: {', '.join(_WEATHER)}")


def get_population(city: str) -> str:
    """Return how many people live in a city."""
    time.sleep(0.12)
    number = _POPULATION.get(city)
    return f"{number:,}" if number is not None else f"unknown city; known ones: {', '.join(_POPULATION)}"


def require_frameworks() -> None:
    """Make sure that what the demo shows is installed.

    Raises:
        MissingExtraError: If it is not.
    """
    if any(find_spec(package) is None for package in ("langchain", "langchain_openai", "langgraph", "openai")):
        raise MissingExtraError("`spanloom demo`", "demo")


def build_agent(model: str, base_url: str | None, api_key: str | None) -> Any:
    """Return a LangGraph agent; nothing in it knows that it is traced."""
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # With a base URL of its own the client asks for no token counts in a stream unless told to.
    key = SecretStr(api_key) if api_key is not None else None
    chat_model = ChatOpenAI(model=model, base_url=base_url, api_key=key, stream_usage=True)
    return create_agent(chat_model, [get_weather, get_population], system_prompt=_INSTRUCTIONS, name="weather_agent")
