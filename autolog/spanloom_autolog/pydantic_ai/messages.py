"""Messages of Pydantic AI in OpenAI's chat form.

Parts are told apart by their `part_kind`, which is what Pydantic AI itself stores them with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from spanloom_autolog.pydantic_ai.content import chat_content, file_part

__all__ = ["chat_messages", "instructions", "question", "response_message"]

_NOT_SENT = frozenset({"instruction-baseline", "instruction-digest"})


def chat_messages(messages: Iterable[Any]) -> list[dict[str, Any]]:
    """Return requests and responses as chat messages; a request may be several."""
    found: list[dict[str, Any]] = []
    for message in messages:
        if message.kind == "response":
            found += response_message(message)
        else:
            found += [_request_message(part) for part in message.parts if part.part_kind not in _NOT_SENT]
    return found


def question(history: Sequence[Any], prompt: Any) -> list[dict[str, Any]]:
    """Return what a run was given: the messages so far, and the user's prompt."""
    asked = [] if prompt is None else [{"role": "user", "content": chat_content(prompt)}]
    return chat_messages(history) + asked


def instructions(messages: Sequence[Any], parameters: Any) -> list[dict[str, Any]]:
    """Return the instructions of a request as a system message, if it has any."""
    parts = getattr(parameters, "instruction_parts", None)
    if parts is None:
        text = next((message.instructions for message in reversed(messages) if message.kind == "request"), None)
    else:
        text = "\n\n".join(part.content for part in parts if part.content)
    return [{"role": "system", "content": text}] if text else []


def _request_message(part: Any) -> dict[str, Any]:
    kind = part.part_kind
    if kind == "user-prompt":
        return {"role": "user", "content": chat_content(part.content)}
    if kind == "tool-return":
        message = {"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response_str()}
        if getattr(part, "outcome", "success") in ("failed", "retried"):
            message["status"] = "error"
        return message
    if kind in ("retry-prompt", "retry-feedback"):
        if getattr(part, "tool_name", None) is None:
            return {"role": "user", "content": part.model_response()}
        content = part.model_response()
        return {"role": "tool", "tool_call_id": part.tool_call_id, "content": content, "status": "error"}
    content = getattr(part, "content", None)
    return {"role": "system", "content": content if isinstance(content, str) else [{"type": kind, "content": part}]}


def response_message(response: Any) -> list[dict[str, Any]]:
    """Return the answer as one message, or nothing where it has no parts yet."""
    if not response.parts:
        return []
    texts = [part.content for part in response.parts if part.part_kind == "text"]
    others = [other for part in response.parts if (other := _other_content(part)) is not None]
    content: Any = "".join(texts)
    if others:
        content = [*({"type": "text", "text": text} for text in texts), *others]
    calls = [_tool_call(part) for part in response.parts if part.part_kind == "tool-call"]
    message: dict[str, Any] = {"role": "assistant", "content": content or (None if calls else content)}
    if calls:
        message["tool_calls"] = calls
    reasoning = [part.content for part in response.parts if part.part_kind == "thinking" and part.content]
    if reasoning:
        message["reasoning_content"] = "\n".join(reasoning)
    return [message]


def _other_content(part: Any) -> dict[str, Any] | None:
    """Return a part that is neither text nor what the chat form keeps in other fields of the message."""
    kind = part.part_kind
    if kind in ("text", "thinking", "tool-call"):
        return None
    if kind == "file":
        return file_part(part.content)
    if kind == "builtin-tool-call":
        return {"type": kind, "id": part.tool_call_id, "name": part.tool_name, "arguments": part.args}
    if kind == "builtin-tool-return":
        return {"type": kind, "id": part.tool_call_id, "name": part.tool_name, "content": part.content}
    return {"type": kind, "content": part}


def _tool_call(part: Any) -> dict[str, Any]:
    function = {"name": part.tool_name, "arguments": part.args_as_json_str()}
    return {"id": part.tool_call_id, "type": "function", "function": function}
