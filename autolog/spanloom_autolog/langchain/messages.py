"""LangChain messages in OpenAI's chat form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, SystemMessage, ToolMessage

from spanloom_autolog.langchain.content import chat_content, reasoning_of, refusal_of

__all__ = ["ROLES", "chat_message", "is_role_pair"]

ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "HumanMessageChunk": "user"}
"""Where LangChain's word for a role is not OpenAI's."""


def chat_message(message: BaseMessage) -> dict[str, Any]:
    """Return a message as `{"role": …, "content": …}`, with tool calls, reasoning and refusal where it has them."""
    result: dict[str, Any] = {"role": _role(message), "content": chat_content(message.content)}
    if message.name:
        result["name"] = message.name
    if isinstance(message, ToolMessage):
        result["tool_call_id"] = message.tool_call_id
        if message.status == "error":
            result["status"] = "error"
    if isinstance(message, AIMessage):
        calls = [_tool_call(call) for call in (*message.tool_calls, *message.invalid_tool_calls)]
        if calls:
            result["tool_calls"] = calls
        reasoning = reasoning_of(message.content, message.additional_kwargs)
        if reasoning:
            result["reasoning_content"] = reasoning
        refusal = refusal_of(message.content, message.additional_kwargs)
        if refusal:
            result["refusal"] = refusal
        if not result["content"] and (calls or refusal):
            result["content"] = None
    return result


def _role(message: BaseMessage) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    if isinstance(message, SystemMessage):
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    kind = message.type
    return ROLES.get(kind, kind.removesuffix("MessageChunk").lower())


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = call.get("args")
    if not isinstance(arguments, str):
        arguments = json.dumps({} if arguments is None else arguments, ensure_ascii=False, default=str)
    return {"id": call.get("id"), "type": "function", "function": {"name": call.get("name"), "arguments": arguments}}


def is_role_pair(value: Any) -> bool:
    """Whether the value is LangChain's short form of a message: `("user", "hello")`."""
    return isinstance(value, Sequence) and len(value) == 2 and all(isinstance(part, str) for part in value)  # noqa: PLR2004 - a pair
