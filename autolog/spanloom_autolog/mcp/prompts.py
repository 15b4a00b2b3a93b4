"""`get_prompt`."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom_autolog.mcp.content import parts, text_of
from spanloom_autolog.mcp.requests import argument

__all__ = ["inputs", "messages"]


def inputs(call: Call) -> dict[str, Any]:
    """Return which prompt is asked for, and what goes into it."""
    return {"name": argument(call, 0, "name"), "arguments": argument(call, 1, "arguments") or {}}


def messages(result: Any) -> Any:
    """Return the prompt's messages in chat form."""
    given = getattr(result, "messages", None)
    return result if given is None else {"messages": [_message(message) for message in given]}


def _message(message: Any) -> dict[str, Any]:
    content = [message.content]
    text = text_of(content)
    return {"role": message.role, "content": parts(content) if text is None else text}
