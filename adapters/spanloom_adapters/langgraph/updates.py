"""The updates of a graph's nodes, in all the forms that LangGraph lets a node return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_messages

__all__ = ["messages_of", "one_message", "updates_of"]


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
            yield one_message(message)


def one_message(message: dict[str, Any] | tuple[Any, ...]) -> BaseMessage:
    """Return a message that was written as a dict or tuple, or came from a remote graph."""
    if isinstance(message, dict) and message.get("type") == "AIMessageChunk":
        return AIMessageChunk(**message)
    return convert_to_messages([message])[0]
