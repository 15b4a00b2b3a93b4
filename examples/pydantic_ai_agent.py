"""A Pydantic AI agent as a standard agent; a person approves what it does.

`pip install 'spanloom[pydantic-ai]' openai`. Talks to a scripted model; with OPENAI_API_KEY set, to OpenAI's.
"""

from __future__ import annotations

import os

from openai import AsyncOpenAI
from pydantic_ai import Agent, DeferredToolRequests, Tool
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall


def book_flight(city: str) -> str:
    """Book a flight to a city."""
    return f"Booked: {city}, 9:30."


SCRIPT = [Reply(tool_calls=[ToolCall("book_flight", {"city": "Paris"})]), Reply("Your flight to Paris leaves at 9:30.")]
CONVERSATION = {"conversation_id": "ann"}

with ProviderServer(SCRIPT) as server:
    scripted = {} if "OPENAI_API_KEY" in os.environ else {"base_url": server.base_url, "api_key": "unused"}
    model = OpenAIChatModel("gpt-5-mini", provider=OpenAIProvider(openai_client=AsyncOpenAI(**scripted)))
    tool = Tool(book_flight, requires_approval=True)
    agent = spanloom.wrap(Agent(model, name="travel", tools=[tool], output_type=[str, DeferredToolRequests]))

    response = agent.predict(input="Book me a flight to Paris.", context=CONVERSATION)
    (request,) = [item for item in response.output if item.type == "mcp_approval_request"]
    print(f"The agent asks for {request.name}({request.arguments}).")
    answer = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}
    for event in agent.predict_stream(input=[answer], context=CONVERSATION):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    print()
