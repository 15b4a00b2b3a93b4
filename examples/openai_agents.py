"""An agent with an approval: `pip install 'spanloom[openai-agents]'`, then `python examples/openai_agents.py`.

Asks OpenAI where OPENAI_API_KEY is set, and a scripted model otherwise.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from agents import Agent, OpenAIResponsesModel, function_tool, set_trace_processors
from openai import AsyncOpenAI

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall


@function_tool(needs_approval=True)
def send_mail(to: str, text: str) -> str:
    """Send a mail."""
    return f"sent to {to}: {text}"


SCRIPT = [Reply(tool_calls=[ToolCall("send_mail", {"to": "ann", "text": "Lunch?"})]), Reply("Ann is invited.")]

with ExitStack() as stack:
    if "OPENAI_API_KEY" in os.environ:
        client = AsyncOpenAI()
    else:
        set_trace_processors([])  # the SDK's own, which send traces to OpenAI
        client = AsyncOpenAI(base_url=stack.enter_context(ProviderServer(SCRIPT)).base_url, api_key="unused")
    model = OpenAIResponsesModel("gpt-5-mini", client)
    agent = spanloom.wrap(Agent("secretary", model=model, tools=[send_mail]))
    context = {"conversation_id": "lunch"}
    asked = agent.predict(input="Ask Ann to lunch by mail.", context=context)
    requests = [item for item in asked.output if item.type == "mcp_approval_request"]
    print("approved:", [f"{request.name}({request.arguments})" for request in requests])
    answers = [{"type": "mcp_approval_response", "approval_request_id": r.id, "approve": True} for r in requests]
    print(agent.predict(input=answers or "Thanks.", context=context).output_text)
