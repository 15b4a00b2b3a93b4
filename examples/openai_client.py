"""A bare OpenAI client as an agent: `pip install 'spanloom[openai]'`, then `python examples/openai_client.py`.

Talks to a scripted model, or with OPENAI_API_KEY set to a real one.
"""

from __future__ import annotations

import os

import openai

import spanloom
from spanloom.testing import ProviderServer, Reply, outline

FORECAST = {
    "type": "json_schema",
    "name": "forecast",
    "schema": {"type": "object", "properties": {"city": {"type": "string"}, "celsius": {"type": "integer"}}},
}
SCRIPT = [Reply("It is sunny in Paris."), Reply('{"city": "Paris", "celsius": 21}')]

spanloom.autolog()
with ProviderServer(SCRIPT) as server:
    options = {} if "OPENAI_API_KEY" in os.environ else {"base_url": server.base_url, "api_key": "unused"}
    client = openai.OpenAI(**options)
    agent = spanloom.wrap(client, model="gpt-5-mini", name="meteorologist")
    conversation = {"conversation_id": "weather"}
    for event in agent.predict_stream(input="Make up the weather in Paris.", context=conversation):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    print()
    response = agent.predict(input="Now as JSON.", context=conversation, text={"format": FORECAST})
    print(response.custom_outputs["structured_response"])
    client.close()

for trace in spanloom.search_traces(max_results=2):
    print(outline(trace))
