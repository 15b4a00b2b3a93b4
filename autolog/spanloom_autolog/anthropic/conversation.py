"""Messages made of blocks as chat messages: one form for every model call, whatever API it went through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spanloom.tracing.snapshot import snapshot
from spanloom_autolog.clients.fields import field, plain, sequence

__all__ = ["assistant_message", "messages_of", "prose"]


def messages_of(messages: Any) -> Iterator[dict[str, Any]]:
    """Convert the messages of a request.

    Each tool result becomes a message of its own, what else the user said before and after it one each. Blocks that
    chat completions do not know (Anthropic's own tools, search results) are kept as content parts as they are.
    """
    for message in messages:
        role, content = field(message, "role"), field(message, "content")
        if not isinstance(content, list | tuple):
            yield {"role": role, "content": content}
        elif role == "assistant":
            yield assistant_message(content)
        else:
            yield from _user_messages(role, content)


def _user_messages(role: Any, blocks: Any) -> Iterator[dict[str, Any]]:
    said: list[Any] = []
    for block in blocks:
        if field(block, "type") != "tool_result":
            said.append(block)
            continue
        if said:
            yield {"role": role, "content": prose(said)}
            said = []
        yield _tool_result(block)
    if said:
        yield {"role": role, "content": prose(said)}


def _tool_result(block: Any) -> dict[str, Any]:
    result = {"role": "tool", "tool_call_id": field(block, "tool_use_id"), "content": prose(field(block, "content"))}
    return {**result, "is_error": True} if field(block, "is_error") else result


def assistant_message(blocks: Any) -> dict[str, Any]:
    """Return what the model said in one go as one message: reasoning, text, tool calls.

    Without citations, its texts are one text. What is opaque (signatures, redacted thinking) is left out.
    """
    content: list[Any] = []
    calls: list[dict[str, Any]] = []
    thoughts: list[str] = []
    for block in sequence(blocks):
        kind = field(block, "type")
        if kind == "tool_use":
            calls.append(_tool_call(block))
        elif kind == "thinking":
            thoughts.append(field(block, "thinking") or "")
        elif kind != "redacted_thinking":
            content.append(_part(block))
    message: dict[str, Any] = {"role": "assistant", "content": content or None}
    if content and all(_is_bare_text(part) for part in content):
        message["content"] = "".join(part["text"] or "" for part in content)
    if any(thoughts):
        message["reasoning_content"] = "\n".join(thoughts)
    if calls:
        message["tool_calls"] = calls
    return message


def _tool_call(block: Any) -> dict[str, Any]:
    arguments = field(block, "input")
    if not isinstance(arguments, str):
        arguments = snapshot(arguments).decode()
    function = {"name": field(block, "name"), "arguments": arguments}
    return {"id": field(block, "id"), "type": "function", "function": function}


def prose(content: Any) -> Any:
    """Return blocks as content parts, or as a string where there is but one text."""
    if not isinstance(content, list | tuple):
        return content
    parts = [_part(block) for block in content]
    return parts[0]["text"] if len(parts) == 1 and _is_bare_text(parts[0]) else parts


def _is_bare_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and len(part) == 2  # noqa: PLR2004 - type and text


def _part(block: Any) -> Any:
    kind = field(block, "type")
    if kind == "text":
        part = {"type": "text", "text": field(block, "text")}
        extra = {name: field(block, name) for name in ("citations", "cache_control")}
        return {**part, **{name: plain(value) for name, value in extra.items() if value}}
    source = field(block, "source")
    if kind == "image":
        url = _url(source)
        return {"type": "image_url", "image_url": {"url": url}} if url is not None else _file(block, source)
    if kind == "document":
        return _file(block, source)
    return plain(block)


def _url(source: Any) -> str | None:
    """Return where the bytes of an image or document are: elsewhere, or in the URL itself."""
    kind, data = field(source, "type"), field(source, "data")
    if kind == "base64" and isinstance(data, str):
        return f"data:{field(source, 'media_type')};base64,{data}"
    url: str | None = field(source, "url") if kind == "url" else None
    return url


def _file(block: Any, source: Any) -> Any:
    kind = field(source, "type")
    file: dict[str, Any] = {"filename": field(block, "title")}
    if kind == "file":
        file["file_id"] = field(source, "file_id")
    elif kind == "text":
        file["file_data"] = field(source, "data")
    elif _url(source) is not None:
        file["file_url" if kind == "url" else "file_data"] = _url(source)
    else:
        return plain(block)
    return {"type": "file", "file": {name: value for name, value in file.items() if value is not None}}
