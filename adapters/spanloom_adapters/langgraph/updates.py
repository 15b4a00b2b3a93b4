"""The updates of a graph's nodes, in all the forms that LangGraph lets a node return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

__all__ = ["message_of", "messages_of", "updates_of"]

_KINDS: dict[Any, type[BaseMessage]] = {
    "AIMessageChunk": AIMessageChunk,
    "ai": AIMessage,
    "human": HumanMessage,
    "system": SystemMessage,
    "tool": ToolMessage,
}


def updates_of(update: Any) -> list[Any]:
    """Return the update as a list: a node that ran several times in one step has one of several."""
    return update if isinstance(update, list) and all(isinstance(part, dict) for part in update) else [update]


def messages_of(value: Any) -> Iterator[BaseMessage | str]:
    """Yield the messages of an update; plain text stays text."""
    if isinstance(value, dict):
        value = value.get("messages")
    value = getattr(value, "value", value)  # an `Overwrite`
    if value is None:
        return
    for message in value if isinstance(value, list) else [value]:
        if isinstance(message, str | BaseMessage):
            yield message
        elif isinstance(message, dict | tuple) and message:
            yield message_of(message)


def message_of(message: BaseMessage | dict[str, Any] | tuple[Any, ...] | str) -> BaseMessage:
    """Return a message that was written as a dict, tuple or text, or came from a server."""
    if isinstance(message, BaseMessage):
        return message
    kind = _KINDS.get(message.get("type")) if isinstance(message, dict) and "role" not in message else None
    return kind(**message) if kind is not None else convert_to_messages([message])[0]  # type: ignore[arg-type] # a dict
