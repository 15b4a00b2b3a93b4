"""A DSPy agent, traced and wrapped: `pip install 'spanloom[dspy]'`, then `python examples/dspy_agent.py`.

Talks to a scripted model, or to OpenAI's if OPENAI_API_KEY is set.
"""

from __future__ import annotations

import os

import dspy

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall, outline


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Sunny in {city}, 21 degrees."


SCRIPT = [
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Rome"})]),
    Reply(tool_calls=[ToolCall("submit", {"answer": "It is sunny in both cities."})]),
]

spanloom.autolog()
with ProviderServer(SCRIPT) as server:
    scripted = {"api_base": server.base_url, "api_key": "unused", "cache": False}
    lm = dspy.LM("openai/gpt-4o-mini", **({} if "OPENAI_API_KEY" in os.environ else scripted))
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    agent = spanloom.wrap(program, lm=lm, adapter=dspy.ChatAdapter(use_native_function_calling=True))
    for event in agent.predict_stream({"input": "How is the weather in Paris and Rome?"}):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    print()

[trace] = spanloom.search_traces(max_results=1)
print(outline(trace))
