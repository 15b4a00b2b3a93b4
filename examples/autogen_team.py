"""A team of AutoGen as one agent: `pip install 'spanloom[autogen]'`, then `python examples/autogen_team.py`.

Talks to a scripted model, or with OPENAI_API_KEY set to a real one.
"""

from __future__ import annotations

import os
import warnings

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient

import spanloom
from spanloom.testing import ProviderServer, Reply, outline

SCRIPT = [Reply("The sun is out."), Reply("Too short."), Reply("The sun is out, and so are we."), Reply("APPROVE")]

warnings.filterwarnings("ignore", "Resolved model mismatch")  # AutoGen's table of models is older than the models
spanloom.autolog()
with ProviderServer(SCRIPT) as server:
    options = {} if "OPENAI_API_KEY" in os.environ else {"base_url": server.base_url, "api_key": "unused"}
    model = OpenAIChatCompletionClient(model="gpt-5-mini", stream_options={"include_usage": True}, **options)
    writer = AssistantAgent("writer", model, model_client_stream=True, system_message="Write one line of a poem.")
    critic = AssistantAgent("critic", model, model_client_stream=True, system_message="Criticise, or say APPROVE.")
    end = TextMentionTermination("APPROVE", sources=["critic"]) | MaxMessageTermination(9)
    team = spanloom.wrap(RoundRobinGroupChat([writer, critic], termination_condition=end))
    for event in team.predict_stream({"input": "A poem about today."}):
        if event.type == "response.output_item.added":
            print(f"\n{event.item['name']}: ", end="")
        elif event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    print()

[trace] = spanloom.search_traces(max_results=1)
print(outline(trace))
