"""What stands on top of the client: its own tool runner, frameworks with a plugin of their own, other platforms."""

from __future__ import annotations

import subprocess
import sys

import pytest
from anthropic import beta_tool

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.tracing.context import use_span
from spanloom.tracing.recorder import open_span

ASK = {"model": "claude-x", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}


@beta_tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@pytest.mark.parametrize("stream", [False, True])
def test_each_call_of_the_tool_runner_is_a_span_with_the_runners_tools(server, client, stream):
    server.script([Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="toolu_1")]), Reply("Sunny.")])
    with spanloom.start_span("mine"):
        runner = client.beta.messages.tool_runner(**ASK, tools=[get_weather], stream=stream)
        assert runner.until_done().content[0].text == "Sunny."
    [trace] = spanloom.search_traces()
    first, second = trace.search_spans(span_type="CHAT_MODEL")
    assert first.attributes["gen_ai.tool.definitions"][0]["function"]["name"] == "get_weather"
    assert second.inputs["messages"][-1] == {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny in Paris"}
    assert second.outputs["messages"][0]["content"] == "Sunny."


@pytest.mark.parametrize("mode", ["create", "streamed", "stream"])
def test_inside_the_model_span_of_a_framework_the_facts_join_that_span(server, client, mode):
    server.script([Reply("Hi.", usage=Usage(12, 5), model="claude-x-2026")])
    span = open_span("FakeChat", "CHAT_MODEL", None, owner="fake framework")
    with use_span(span):
        if mode == "stream":
            with client.messages.stream(**ASK) as stream:
                stream.until_done()
        elif mode == "streamed":
            list(client.messages.create(**ASK, stream=True))
        else:
            client.messages.create(**ASK)
    span.end()
    [trace] = spanloom.search_traces()
    assert outline(trace) == "CHAT_MODEL FakeChat [12+5 tokens]"
    assert trace.data.spans[0].attributes["gen_ai.response.model"] == "claude-x-2026"


def test_counting_tokens_is_no_model_call(client):
    with pytest.raises(Exception, match="Unknown request URL"):
        client.messages.count_tokens(model="claude-x", messages=ASK["messages"])
    assert spanloom.search_traces() == []


PLATFORMS = """
import anthropic
import anthropic.lib.bedrock._beta_messages as bedrock, anthropic.lib.vertex._beta_messages as vertex
from anthropic.resources.beta.messages.messages import AsyncMessages, Messages

def methods():
    return [
        vars(owner)[name]
        for platform in (bedrock, vertex)
        for owner in (platform.Messages, platform.AsyncMessages)
        for name in ("create", "parse", "stream")
    ]
"""
ORDERS = {
    "before": f"spanloom.autolog('anthropic'){PLATFORMS}",
    "after": f"{PLATFORMS}spanloom.autolog('anthropic')",
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_beta_of_bedrock_and_vertex_is_patched_once_and_restored(server, order, tmp_path):
    program = f"""
import inspect
import spanloom
from spanloom.testing import outline
spanloom.configure(store="sqlite:///{tmp_path}/traces.db")
{ORDERS[order]}
with anthropic.AnthropicVertex(
    base_url={server.root_url!r}, region="r", project_id="p", access_token="unused", max_retries=0
) as client:
    try:
        client.beta.messages.create(**{ASK!r})
    except anthropic.NotFoundError:  # Vertex AI asks at another path
        pass
for trace in spanloom.search_traces():
    print(outline(trace))
spanloom.autolog(disable=True)
print(all(inspect.isfunction(method) for method in methods()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    first, *others = done.stdout.splitlines()
    assert first.startswith("CHAT_MODEL chat claude-x (ERROR: NotFoundError"), done.stderr
    assert others == ["True"], done.stdout
