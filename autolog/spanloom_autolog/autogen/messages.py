"""Messages of AutoGen in OpenAI's chat form: those between agents, and those that models are sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["agent_message", "assistant_message", "chat_messages", "is_chat_message"]


def chat_messages(messages: Iterable[Any]) -> list[Any]:
    """Return the messages of a model request."""
    found: list[Any] = []
    for message in messages:
        kind = getattr(message, "type", None)
        if kind == "SystemMessage":
            found.append({"role": "system", "content": message.content})
        elif kind == "UserMessage":
            found.append(_named({"role": "user", "content": _content(message.content)}, message.source))
        elif kind == "AssistantMessage":
            found.append(_named(assistant_message(message.content, message.thought), message.source))
        elif kind == "FunctionExecutionResultMessage":
            found += [_tool_message(result) for result in message.content]
        else:
            found.append(message)
    return found


def assistant_message(content: Any, thought: str | None) -> dict[str, Any]:
    """Return what a model said: text, or function calls.

    AutoGen's `thought` is the reasoning of an answer, but the text that came along with function calls.
    """
    if isinstance(content, str):
        said = {"role": "assistant", "content": content}
        return {**said, "reasoning_content": thought} if thought else said
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in content
    ]
    return {"role": "assistant", "content": thought, "tool_calls": calls}


def is_chat_message(value: Any) -> bool:
    """Whether this is a message from one agent to others, and not an event that tells of its work."""
    return hasattr(type(value), "to_model_message")


def agent_message(message: Any, role: str) -> dict[str, Any]:
    """Return a message from an agent or to one, which may be of the user's own class."""
    content = getattr(message, "content", None)
    if isinstance(content, list):
        content = _content(content)
    elif not isinstance(content, str):
        content = message.to_text()  # structured: its JSON, or what its format string makes of it
    return _named({"role": role, "content": content}, message.source)


def _named(message: dict[str, Any], source: str) -> dict[str, Any]:
    if source != message["role"]:
        message["name"] = source
    return message


def _content(content: Any) -> Any:
    return [_part(part) for part in content] if isinstance(content, list) else content


def _part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    # An image is held decoded: encoding it again would take longer than all the rest.
    width, height = part.image.size
    return {"type": "image", "width": width, "height": height}


def _tool_message(result: Any) -> dict[str, Any]:
    message = {"role": "tool", "tool_call_id": result.call_id, "name": result.name, "content": result.content}
    return {**message, "status": "error"} if result.is_error else message
