"""A framework that speaks OpenTelemetry by itself, end to end."""

from __future__ import annotations

import pytest
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall, Usage, outline

SCRIPT = [
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=Usage(7, 3)),
    Reply("Sunny.", usage=Usage(9, 1)),
]


def get_weather(city: str) -> str:
    """Tell the weather."""
    with spanloom.start_span("look it up"):
        return f"sunny in {city}"


@pytest.mark.anyio
@pytest.mark.parametrize("plugins", [(), ("openai",), ("pydantic_ai",), ("pydantic_ai", "openai")], ids="+".join)
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_tree_is_the_plugins(provider, the_trace, plugins, streamed):
    """With the framework's plugin, the client's, or both: no work is there twice."""
    if plugins:
        spanloom.autolog(*plugins)
    with ProviderServer(SCRIPT) as server:
        client = AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0)
        model = OpenAIChatModel("gpt-5-mini", provider=OpenAIProvider(openai_client=client))
        agent = Agent(model, name="wx", tools=[get_weather])
        agent.instrument = InstrumentationSettings(tracer_provider=provider)
        if streamed:
            async with agent.run_stream_events("Paris?") as events:
                assert [event async for event in events]
        else:
            await agent.run("Paris?")
        await client.close()
    trace = the_trace()
    assert (
        outline(trace)
        == """\
AGENT wx
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TOOL get_weather
    UNKNOWN look it up
  CHAT_MODEL chat gpt-5-mini [9+1 tokens]"""
    )
    (tool,) = trace.search_spans(span_type="TOOL")
    _, last = trace.search_spans(span_type="CHAT_MODEL")
    root = trace.data.spans[0]
    assert root.inputs == {"messages": [{"role": "user", "content": "Paris?"}]}
    assert root.outputs == "Sunny."
    assert (tool.inputs, tool.outputs) == ({"city": "Paris"}, "sunny in Paris")
    assert [message["role"] for message in last.inputs["messages"]] == ["user", "assistant", "tool"]
    assert last.outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    assert trace.info.token_usage.total_tokens == 20
    assert trace.info.session_id
