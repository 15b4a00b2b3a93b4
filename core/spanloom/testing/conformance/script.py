"""The replies and trees that most scenarios share."""

from __future__ import annotations

from typing import Any

from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import Reply, ToolCall, Usage

__all__ = ["ANSWER", "CALL", "TEXT", "TOOL_TREE", "get_weather", "weather_script"]

CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=Usage(10, 4))
ANSWER = Reply("It is sunny.", usage=Usage(30, 5))

TEXT = """
AGENT weather_agent
  CHAT_MODEL
"""
TOOL_TREE = """
AGENT weather_agent
  CHAT_MODEL
  TOOL get_weather
  CHAT_MODEL
"""


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def weather_script(request: ReceivedRequest) -> Reply:
    """Call the tool first, and answer once its result is there: for runs whose requests come in any order."""
    body: dict[str, Any] = request.body
    answered = any(message.get("role") == "tool" for message in body.get("messages") or ())
    inputs = body.get("input")
    answered |= isinstance(inputs, list) and any(item.get("type") == "function_call_output" for item in inputs)
    return ANSWER if answered or not body.get("tools") else CALL
