"""A LangGraph agent, traced and wrapped: `pip install 'spanloom[demo]'`, then `python examples/langgraph_agent.py`.

Talks to a scripted model; with OPENAI_API_KEY set, leave out the server and give ChatOpenAI a real model's name.
"""

from __future__ import annotations

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall, outline


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Sunny in {city}, 21 degrees."


SCRIPT = [
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Rome"})]),
    Reply("It is sunny in both cities."),
]

spanloom.autolog()
with ProviderServer(SCRIPT) as server:
    model = ChatOpenAI(model="gpt-5-mini", base_url=server.base_url, api_key="unused", stream_usage=True)
    agent = spanloom.wrap(create_agent(model, tools=[get_weather], name="weather_agent"))
    for event in agent.predict_stream({"input": "How is the weather in Paris and Rome?"}):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    print()

[trace] = spanloom.search_traces(max_results=1)
print(outline(trace))
