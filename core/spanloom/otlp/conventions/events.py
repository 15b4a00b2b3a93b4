"""What older instrumentations tell in events of a span: the messages, each with its role in the event's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spanloom.otlp.conventions.parts import chat_messages
from spanloom.otlp.conventions.words import decoded

__all__ = ["details", "finish_reasons", "input_messages", "is_content", "output_messages"]

_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_DETAILS: Final = frozenset(
    {"gen_ai.client.inference.operation.details", "gen_ai.content.completion", "gen_ai.content.prompt"}
)


def is_content(name: str) -> bool:
    """Whether an event of this name holds content that the span's inputs and outputs show."""
    return name in _ROLES or name == _CHOICE or name in _DETAILS


def details(events: Sequence[Any]) -> dict[str, Any]:
    """Return the attributes that stand in an event instead of on the span."""
    found: dict[str, Any] = {}
    for event in events:
        if event.name in _DETAILS:
            found.update(event.attributes or {})
    return found


def input_messages(events: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what was said before, in chat form."""
    found: list[dict[str, Any]] = []
    for event in events:
        if event.name in _ROLES:
            found += _messages(_ROLES[event.name], event.attributes or {})
    return found


def output_messages(events: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the answers, in chat form."""
    found: list[dict[str, Any]] = []
    for event in events:
        if event.name == _CHOICE:
            facts = event.attributes or {}
            message = decoded(facts.get("message"))
            body = message if isinstance(message, Mapping) else {**facts, "content": facts.get("content", message)}
            found += _messages("assistant", body)
    return found


def finish_reasons(events: Sequence[Any]) -> list[str]:
    """Return why the answers ended."""
    reasons = ((event.attributes or {}).get("finish_reason") for event in events if event.name == _CHOICE)
    return [str(reason) for reason in reasons if reason]


def _messages(role: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    message: dict[str, Any] = {"role": body.get("role") or role, "content": decoded(body.get("content"))}
    if body.get("id"):
        message["tool_call_id"] = body["id"]
    if body.get("tool_calls"):
        message["tool_calls"] = decoded(body["tool_calls"])
    if isinstance(message["content"], Mapping):
        message["content"] = [message["content"]]
    return chat_messages(message)
