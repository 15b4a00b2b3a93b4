"""Inputs and outputs of chains and tools, with the messages in them as conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue
from pydantic import BaseModel

from spanloom_autolog.langchain.messages import ROLES, chat_message, is_role_pair

__all__ = ["document", "readable"]

_MAX_DEPTH = 16


def readable(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one line a kind
    """Return a copy of `value` in which messages are in OpenAI's chat form, and documents plain.

    Whatever else is in there stays as it is.
    """
    if value is None or isinstance(value, str | int | float) or depth > _MAX_DEPTH:
        return value
    if isinstance(value, BaseMessage):
        return chat_message(value)
    if isinstance(value, Document):
        return document(value)
    if isinstance(value, PromptValue):
        return {"messages": [chat_message(message) for message in value.to_messages()]}
    if isinstance(value, Mapping):
        return {key: _field(key, item, depth + 1) for key, item in list(value.items())}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [readable(item, depth + 1) for item in list(value)]
    if _is_command(value):
        present = {name: getattr(value, name, None) for name in ("graph", "update", "resume", "goto", "node", "arg")}
        return readable({name: item for name, item in present.items() if item not in (None, (), [])}, depth + 1)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _field(field.name, getattr(value, field.name, None), depth + 1) for field in fields(value)}
    if isinstance(value, BaseModel) and hasattr(value, "messages"):
        return readable(dict(value), depth)
    return value


def document(value: Document) -> dict[str, Any]:
    """Return a retrieved document."""
    plain: dict[str, Any] = {"page_content": value.page_content, "metadata": readable(value.metadata)}
    return {"id": value.id, **plain} if value.id else plain


def _field(name: Any, value: Any, depth: int) -> Any:
    """Return a field of a state; what stands under `messages` is a conversation, also in LangChain's short forms."""
    if name != "messages" or not isinstance(value, str | list | tuple):
        return readable(value, depth)
    if isinstance(value, str) or (is_role_pair(value) and isinstance(value, tuple)):
        value = [value]
    return [_message(item, depth) for item in list(value)]


def _message(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return {"role": "user", "content": value}
    if is_role_pair(value):
        return {"role": ROLES.get(value[0], value[0]), "content": value[1]}
    return readable(value, depth)


def _is_command(value: Any) -> bool:
    """Whether the value is langgraph's `Command` or `Send`: jumps between nodes."""
    return type(value).__module__ == "langgraph.types" and type(value).__name__ in ("Command", "Send")
