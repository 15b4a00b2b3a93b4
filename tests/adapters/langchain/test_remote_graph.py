"""Graphs on a LangGraph server, a real one; without `langgraph-cli[inmem]` there is nothing to test."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from langgraph.pregel.remote import RemoteGraph

import spanloom
from spanloom.agents.background import run_sync
from spanloom.testing import ProviderServer, Reply, ToolCall, Usage

pytest.importorskip("langgraph_api")

GRAPHS = '''
import os

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_openai import ChatOpenAI
from langgraph.func import entrypoint

def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"

model = ChatOpenAI(model="gpt-test", base_url=os.environ["MODEL_URL"], api_key="unused", stream_usage=True)
weather = create_agent(model, [get_weather], name="weather")
middleware = [HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})]
careful = create_agent(model, [get_weather], name="careful", middleware=middleware)

@entrypoint()
async def shout(topic: str) -> str:
    return topic.upper()
'''
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, "call_1")], usage=Usage(10, 4))
ANSWER = Reply("It is sunny.", usage=Usage(20, 5))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen) -> None:
    while process.poll() is None:
        try:
            urlopen(f"{url}/ok", timeout=5).close()
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server ended with {process.returncode}")


@pytest.fixture(scope="module")
def model_server():
    with ProviderServer() as server:
        yield server


@pytest.fixture(scope="module")
def url(model_server, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("graphs")
    (folder / "graphs.py").write_text(GRAPHS)
    graphs = {name: f"./graphs.py:{name}" for name in ("weather", "careful", "shout")}
    (folder / "langgraph.json").write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--port", str(port)]
    environment = {**os.environ, "MODEL_URL": model_server.base_url, "LANGSMITH_TRACING": "false"}
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def remote(url):
    graphs = []

    def make(name):
        graphs.append(RemoteGraph(name, url=url))
        return spanloom.wrap(graphs[-1])

    yield make
    for graph in graphs:
        run_sync(graph.client.aclose())
        graph.sync_client.close()


def test_a_remote_agent_gives_the_same_items_and_its_tokens(model_server, remote, ask, shape):
    model_server.script([CALL, ANSWER])
    response = ask(remote("weather"), input="Paris?")
    assert shape(response) == [
        ("function_call", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
        ("message", "It is sunny."),
    ]
    assert response.usage.total_tokens == 39


def test_the_server_keeps_conversations_whatever_their_ids(model_server, remote):
    model_server.script(lambda request: Reply(f"{len(request.body['messages'])} messages"))
    agent = remote("weather")
    context = {"conversation_id": "no UUID"}
    assert [agent.predict(input="hi", context=context).output_text for _ in range(2)] == ["1 messages", "3 messages"]
    assert agent.predict(input="hi").output_text == "1 messages"


def test_an_approval_resumes_the_remote_run(model_server, remote, ask, shape):
    model_server.script([CALL, ANSWER])
    first = ask(remote("careful"), input="Paris?")
    assert first.incomplete_details.reason == "interrupt"
    [pending] = [item for item in first.output if item.type == "mcp_approval_request"]
    answer = {"type": "mcp_approval_response", "approval_request_id": pending.id, "approve": True}
    context = {"conversation_id": first.custom_outputs["conversation_id"]}
    second = ask(remote("careful"), input=[answer], context=context)
    assert shape(second) == [("function_call_output", "sunny in Paris"), ("message", "It is sunny.")]


def test_a_remote_entrypoint_gets_what_its_schema_says(remote, ask, shape):
    assert shape(ask(remote("shout"), input="roses")) == [("message", "ROSES")]


def test_closing_the_stream_stops_the_remote_run(model_server, remote):
    gate = threading.Event()
    model_server.script([Reply("one two three", hold=gate, hold_after=1)])
    seen = len(model_server.requests)
    stream = remote("weather").predict_stream(input="Count.")
    next(event for event in stream if event.type == "response.output_text.delta")
    stream.close()
    assert model_server.requests[seen].closed_early.wait(20)
    gate.set()
