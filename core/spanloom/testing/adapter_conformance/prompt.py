"""What reached the model, whatever the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from spanloom.testing.adapter_conformance.answer import Part, text_of

__all__ = ["attachments", "prompt"]


def prompt(body: Mapping[str, Any]) -> list[Part]:
    """Return what a request body says: `(role, text)`, `("call", name, arguments)`, `("result", text)`."""
    if "messages" in body:
        system = body.get("system")
        head = [("system", text_of(system))] if system else []
        return head + [part for message in body["messages"] for part in _message(message)]
    instructions = body.get("instructions")
    head = [("system", instructions)] if instructions else []
    items = body.get("input")
    if isinstance(items, str):
        return [*head, ("user", items)]
    return head + [part for item in items or () for part in _item(item)]


def _message(message: Mapping[str, Any]) -> Iterable[Part]:
    if message["role"] == "tool":
        yield "result", text_of(message["content"])
        return
    if message.get("content"):
        role = "system" if message["role"] == "developer" else message["role"]
        yield role, text_of(message["content"])
    for call in message.get("tool_calls") or ():
        yield "call", call["function"]["name"], json.loads(call["function"]["arguments"] or "{}")


def _item(item: Mapping[str, Any]) -> Iterable[Part]:
    kind = item.get("type", "message")
    if kind == "message":
        yield "system" if item["role"] == "developer" else item["role"], text_of(item["content"])
    elif kind == "function_call":
        yield "call", item["name"], json.loads(item["arguments"] or "{}")
    elif kind == "function_call_output":
        yield "result", text_of(item["output"])
    elif kind == "reasoning":
        yield "reasoning", text_of(item.get("summary") or item.get("content") or ())


def attachments(body: Mapping[str, Any]) -> list[str]:
    """Return the address or data of every image and file in a request body."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in ("url", "image_url", "file_data", "data", "file_url") and isinstance(inner, str):
                    found.append(inner)
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(body.get("messages"))
    look(body.get("input"))
    return found
