"""A served agent as the model of an agent framework, and a script that was written for MLflow's agent server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from served_agents import echo, words
from waiting import wait_until_it_listens

import spanloom
from spanloom.testing import ProviderServer, Reply, outline

pytest.importorskip("agents")
pytest.importorskip("langchain_openai")


@pytest.fixture
def server(serve):
    return serve({"echo": echo, "words": words})


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.anyio
async def test_the_openai_agents_sdk_uses_a_served_agent_as_its_model(server, api: str):
    from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, RunConfig, Runner
    from openai import AsyncOpenAI

    kind = OpenAIResponsesModel if api == "responses" else OpenAIChatCompletionsModel
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="unused") as client:
        agent = Agent(name="outer", model=kind("words", openai_client=client))
        result = await Runner.run(agent, "hi", run_config=RunConfig(tracing_disabled=True))
        assert result.final_output == "one two three"
        streamed = Runner.run_streamed(agent, "hi", run_config=RunConfig(tracing_disabled=True))
        async for _ in streamed.stream_events():
            pass
        assert streamed.final_output == "one two three"


@pytest.mark.parametrize("use_responses_api", [True, False])
def test_langchain_uses_a_served_agent_as_its_model(server, use_responses_api: bool):
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model="words", base_url=f"{server.url}/v1", api_key="unused", use_responses_api=use_responses_api
    )
    assert model.invoke("hi").text == "one two three"
    assert "".join(chunk.text for chunk in model.stream("hi")) == "one two three"


def test_client_and_served_agent_are_one_trace(server):
    @spanloom.trace
    def ask() -> str:
        headers = spanloom.get_tracing_context_headers_for_http_request()
        return server.http.post("/invocations", json={"input": "hi", "model": "echo"}, headers=headers).text

    ask()
    [trace] = spanloom.search_traces()
    assert outline(trace).splitlines() == ["UNKNOWN ask", "  AGENT echo"]


SCRIPT = """
from agents import Agent, Runner
from mlflow.genai.agent_server import AgentServer, invoke, setup_mlflow_git_based_version_tracking, stream
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse, ResponsesAgentStreamEvent

agent = Agent(name="Math Tutor", instructions="You provide help with math problems.")


@invoke()
async def non_streaming(request: ResponsesAgentRequest) -> ResponsesAgentResponse:
    messages = [item.model_dump() for item in request.input]
    result = await Runner.run(agent, messages)
    return ResponsesAgentResponse(output=[item.to_input_item() for item in result.new_items])


@stream()
async def streaming(request: ResponsesAgentRequest):
    messages = [item.model_dump() for item in request.input]
    result = Runner.run_streamed(agent, input=messages)
    async for event in result.stream_events():
        if event.type == "raw_response_event":
            yield event.data.model_dump()
        elif event.type == "run_item_stream_event" and event.item.type == "tool_call_output_item":
            yield ResponsesAgentStreamEvent(type="response.output_item.done", item=event.item.to_input_item())


agent_server = AgentServer("ResponsesAgent")
app = agent_server.app
setup_mlflow_git_based_version_tracking()

if __name__ == "__main__":
    agent_server.run(app_import_string="start_server:app")
"""

IMPORTS = {
    "from mlflow.genai.agent_server import AgentServer, invoke, setup_mlflow_git_based_version_tracking, stream": (
        "from spanloom.serving import AgentServer, invoke, stream\n"
        "from spanloom.serving import setup_git_version_tracking as setup_mlflow_git_based_version_tracking"
    ),
    "from mlflow.types.responses import": "from spanloom.schemas import",
}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_script_for_mlflows_agent_server_runs_after_only_its_imports_changed(tmp_path: Path, workers: str):
    script = SCRIPT
    for theirs, ours in IMPORTS.items():
        assert theirs in script
        script = script.replace(theirs, ours)
    (tmp_path / "start_server.py").write_text(script)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ProviderServer(lambda _request: Reply("4")) as provider:
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": provider.base_url,
            "OPENAI_API_KEY": "unused",
            "OPENAI_AGENTS_DISABLE_TRACING": "1",
            "SPANLOOM_STORE": f"sqlite:///{tmp_path}/served.db",
        }
        command = [sys.executable, "start_server.py", "--port", str(port), "--workers", workers]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                wait_until_it_listens(url, process)
                with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
                    body = {"input": [{"role": "user", "content": "2+2?"}]}
                    whole = client.post("/invocations", json=body).json()
                    assert whole["output"][0]["content"][0]["text"] == "4"
                    streamed = client.post("/invocations", json={**body, "stream": True}).text
                    assert "response.output_text.delta" in streamed
                    assert streamed.endswith("data: [DONE]\n\n")
            finally:
                process.terminate()
