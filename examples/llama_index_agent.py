"""A LlamaIndex agent that asks a person, wrapped: `pip install 'spanloom[llama-index]' llama-index-llms-openai`.

Talks to a scripted model, or to OpenAI's where OPENAI_API_KEY is set.
"""

from __future__ import annotations

import os
import warnings

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall

warnings.filterwarnings("ignore", category=DeprecationWarning)  # LlamaIndex's own


async def book(ctx: Context, city: str) -> str:
    """Book a trip to a city."""
    question = InputRequiredEvent(prefix=f"Really book a trip to {city}?")
    answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=question)
    return "booked" if answer.response == "yes" else f"not booked: the user said {answer.response!r}"


book.__annotations__["ctx"] = Context  # LlamaIndex looks for the class itself

SCRIPT = [Reply(tool_calls=[ToolCall("book", {"city": "Paris"})]), Reply("Your trip to Paris is booked.")]
CONVERSATION = {"conversation_id": "trip"}

with ProviderServer(SCRIPT) as server:
    real = {} if "OPENAI_API_KEY" in os.environ else {"api_base": server.base_url, "api_key": "unused"}
    agent = spanloom.wrap(FunctionAgent(llm=OpenAI("gpt-5-mini", **real), tools=[book]))
    asked = agent.predict(input="Book me a trip to Paris.", context=CONVERSATION)
    print(asked.custom_outputs["interrupts"][0]["value"])
    print(agent.predict(input="yes", context=CONVERSATION).output_text)
