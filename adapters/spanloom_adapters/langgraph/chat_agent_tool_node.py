"""A tool node for graphs with a `ChatAgentState`; MLflow has one of the same name.

A tool may return JSON with more than text for the model: `{"content": …, "attachments": {…}, "custom_outputs": {…}}`,
also as the `value` of a Unity Catalog function's `{"format", "value", "truncated"}`. The model gets the content, the
message the attachments, and the state the custom outputs, merged over all tools.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.prebuilt import ToolNode

from spanloom.schemas.chat_agent import ChatAgentMessage, ChatAgentRequest
from spanloom.schemas.converters.chat_agent_to_responses import chat_agent_request_to_responses
from spanloom_adapters.langchain.history import request_messages
from spanloom_adapters.langgraph.chat_agent_state import chat_message

__all__ = ["ChatAgentToolNode"]

_FUNCTION_RESULT = frozenset({"format", "value", "truncated"})


class ChatAgentToolNode(ToolNode):
    """Runs the tools that the last message of a `ChatAgentState` calls.

    Example:
        >>> builder.add_node("tools", ChatAgentToolNode([get_weather]))
    """

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - the base class's
        """Run the tools; the state that was given is not changed."""
        return _update(super().invoke(_native_state(input), config, **kwargs))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - same
        """Run the tools, asynchronously where they can."""
        return _update(await super().ainvoke(_native_state(input), config, **kwargs))


def _native_state(state: Any) -> Any:
    if not isinstance(state, Mapping) or "messages" not in state:
        return state
    last = state["messages"][-1]
    native = last if isinstance(last, BaseMessage) else _native_message(last)
    return {**state, "messages": [*state["messages"][:-1], native]}


def _native_message(message: Any) -> BaseMessage:
    given = ChatAgentMessage.model_validate(message)
    return request_messages(chat_agent_request_to_responses(ChatAgentRequest(messages=[given])))[-1]


def _update(result: Any) -> Any:
    # A tool that returns a `Command` says itself what to write.
    if not isinstance(result, Mapping):
        return result
    messages, custom_outputs = [], dict[str, Any]()
    for message in result["messages"]:
        returned = _returned(message)
        written = chat_message(message)
        if returned is not None:
            content = returned.get("content", written["content"])
            written["content"] = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            if returned.get("attachments"):
                written["attachments"] = returned["attachments"]
            custom_outputs |= returned.get("custom_outputs") or {}
        messages.append(written)
    return {"messages": messages, **({"custom_outputs": custom_outputs} if custom_outputs else {})}


def _returned(message: ToolMessage) -> dict[str, Any] | None:
    """Return what a tool returned if that is more than text for the model."""
    value = _json_object(message.content)
    if value is not None and value.keys() >= _FUNCTION_RESULT:
        value = _json_object(value["value"])
    return value if value is not None and value.keys() & {"content", "attachments", "custom_outputs"} else None


def _json_object(text: Any) -> dict[str, Any] | None:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
