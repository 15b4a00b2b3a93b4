"""The arguments of a call."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.converters.responses_to_chat import to_chat_completions_input
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.callable.options import Takes

__all__ = ["function_input"]


def function_input(request: ResponsesAgentRequest, takes: Takes) -> Any:
    """Return what a function that takes this is given; instructions come first, as a system message."""
    if takes == "request":
        return request
    items = [item.model_dump(exclude_none=True) for item in request.input_items()]
    if takes == "text":
        return _last_text(items)
    if takes == "messages":
        return to_chat_completions_input(items, request.instructions)
    first = {"type": "message", "role": "system", "content": request.instructions}
    return [first, *items] if request.instructions else items


def _last_text(items: list[dict[str, Any]]) -> str:
    for item in reversed(items):
        if item.get("type", "message") == "message" and item["role"] == "user":
            content = item["content"]
            return content if isinstance(content, str) else "".join(part.get("text") or "" for part in content)
    return ""
