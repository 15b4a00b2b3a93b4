"""Agents of spanloom's, logged, loaded and asked by MLflow."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.exceptions import MlflowException

import spanloom
from spanloom.errors import AdapterNotFoundError, ModelError
from spanloom.testing import ProviderServer, Reply, ToolCall, outline
from spanloom_adapters.mlflow import to_mlflow

NATIVE = """
import os
import mlflow
from agents import Agent, OpenAIChatCompletionsModel, function_tool, set_trace_processors
from openai import AsyncOpenAI
from spanloom_adapters.mlflow import to_mlflow

set_trace_processors([])

@function_tool
def get_weather(city: str) -> str:
    return f"Sunny in {city}."

client = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="unused", default_headers={"Connection": "close"})
model = OpenAIChatCompletionsModel("gpt-5-mini", client)
mlflow.models.set_model(to_mlflow(Agent("weather_agent", model=model, tools=[get_weather])))
"""
REPLIES = [Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), Reply("It is sunny.")]
QUESTION = {"input": [{"role": "user", "content": "Weather in Paris?"}]}


class Letters(spanloom.ResponsesAgent):
    stopped = False

    async def apredict_stream(self, request):
        try:
            for letter in request.input_items()[-1].content:
                yield self.create_text_delta(letter, "msg_1")
            yield {
                "type": "response.output_item.done",
                "item": self.create_text_output_item(request.input_items()[-1].content, "msg_1"),
            }
        finally:
            self.stopped = True


class Chat(spanloom.ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        return {"messages": [{"role": "assistant", "content": messages[-1].content.upper(), "id": "msg_1"}]}


def test_a_native_agent_is_logged_and_loaded(tmp_path, script, monkeypatch):
    with ProviderServer(REPLIES * 8) as server:
        monkeypatch.setenv("MODEL_URL", server.base_url)
        info = mlflow.pyfunc.log_model(
            name="weather_agent", python_model=str(script(NATIVE)), pip_requirements=["spanloom"]
        )
        spanloom.flush()
        model = mlflow.pyfunc.load_model(info.model_uri)
        answer = model.predict(QUESTION)
        events = list(model.predict_stream(QUESTION))
    assert info.metadata["task"] == "agent/v1/responses"
    assert [item["type"] for item in answer["output"]] == ["function_call", "function_call_output", "message"]
    assert answer["output"][-1]["content"][0]["text"] == "It is sunny."
    assert (events[0]["type"], events[-1]["type"]) == ("response.created", "response.completed")
    assert {outline(trace).splitlines()[0] for trace in spanloom.search_traces()} == {"AGENT weather_agent"}


def test_a_standard_agent_streams_and_stops_when_the_stream_is_closed():
    letters = Letters()
    agent = to_mlflow(letters)
    stream = agent.predict_stream({"input": [{"role": "user", "content": "abc"}]})
    assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "a"
    stream.close()
    assert letters.stopped
    assert agent.predict({"input": [{"role": "user", "content": "abc"}]}).output[0].content[0]["text"] == "abc"


def test_a_chat_agent_speaks_the_responses_schema():
    agent = to_mlflow(Chat())
    answer = agent.predict({"input": [{"role": "user", "content": "hi"}]})
    assert answer.output[0].content[0]["text"] == "HI"


def test_pickling_one_is_refused_and_the_way_out_told():
    with pytest.raises(MlflowException) as raised:
        mlflow.pyfunc.log_model(name="letters", python_model=to_mlflow(Letters()), pip_requirements=["spanloom"])
    assert isinstance(raised.value.__cause__, ModelError)
    assert "log_model(python_model='agent.py')" in str(raised.value.__cause__)


def test_what_is_no_agent_is_refused():
    with pytest.raises(AdapterNotFoundError):
        to_mlflow(object())
