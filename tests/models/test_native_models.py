"""Native agents, saved from code: loading wraps them. The model server is real HTTP."""

from __future__ import annotations

import sys
from importlib.metadata import metadata

import pytest

import spanloom
from spanloom.agents.background import run_sync
from spanloom.models import load_model, save_model
from spanloom.testing import ProviderServer, Reply, ToolCall, outline

LANGGRAPH = """
import os
import httpx
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from spanloom.models import ModelConfig, set_model
from weather import get_weather

config = ModelConfig(development_config={"model": "gpt-5-mini"})
http = httpx.AsyncClient()
model = ChatOpenAI(
    model=config.get("model"), base_url=os.environ["MODEL_URL"], api_key="unused", http_async_client=http
)
set_model(create_agent(model, tools=[get_weather], name="weather_agent"))
"""
WEATHER = '''
def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Sunny in {city}."
'''
OPENAI_AGENTS = """
import os
import httpx
from agents import Agent, OpenAIResponsesModel, function_tool, set_trace_processors
from openai import AsyncOpenAI
from spanloom.models import set_model
from weather import get_weather

set_trace_processors([])
http = httpx.AsyncClient()
client = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="unused", http_client=http)
model = OpenAIResponsesModel("gpt-5-mini", client)
set_model(Agent("weather_agent", model=model, tools=[function_tool(get_weather)]))
"""
REPLIES = [Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), Reply("It is sunny.")]


def _number(module: str) -> int:
    number = module.removeprefix("spanloom_model_").partition("_")[0]
    return int(number) if number.isdigit() and "." not in module else 0


@pytest.mark.parametrize(
    ("framework", "agent", "extra"),
    [("langchain_openai", LANGGRAPH, "langgraph"), ("agents", OPENAI_AGENTS, "openai-agents")],
)
def test_a_native_agent_is_saved_from_code_and_wrapped_when_loaded(
    script, folder, monkeypatch, framework, agent, extra
):
    pytest.importorskip(framework)
    weather = script(WEATHER, "weather.py")
    with ProviderServer([*REPLIES, *REPLIES, *REPLIES]) as server:
        monkeypatch.setenv("MODEL_URL", server.base_url)
        config = {"model": "gpt-5-mini"} if extra == "langgraph" else None
        save_model(folder, script(agent), code_paths=[weather], model_config=config, input_example={"input": "Paris?"})
        assert len(server.requests) == 2  # the input example was answered, for real
        model = load_model(folder)
        answer = model.predict({"input": "Weather in Paris?"})
        assert answer["output"][-1]["content"][0]["text"] == "It is sunny."
        events = list(model.predict_stream({"input": [{"role": "user", "content": "Weather in Paris?"}]}))
        run_sync(sys.modules[max(sys.modules, key=_number)].http.aclose())
    assert "".join(event.get("delta", "") for event in events if event["type"].endswith("text.delta")) == "It is sunny."
    assert model.metadata.task == "agent/v1/responses"
    assert isinstance(model.unwrap_python_model(), spanloom.ResponsesAgent)
    requirements = (folder / "requirements.txt").read_text()
    assert f"openai=={metadata('openai')['Version']}" in requirements
    assert f"spanloom[{','.join(sorted(['models', extra]))}]" in requirements
    assert all(outline(trace).startswith("AGENT weather_agent") for trace in spanloom.search_traces())
    assert len(spanloom.search_traces()) == 2  # saving leaves none
