"""Messages in OpenAI's chat form, as the GenAI semantic conventions write them: a role and a list of typed parts.

https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-input-messages.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

__all__ = ["as_messages", "input_messages", "output_messages", "system_instructions"]


def as_messages(value: Any) -> list[Mapping[str, Any]]:
    """Return the messages that inputs or outputs of a span hold; an empty list where they are no conversation."""
    found = value.get("messages") if isinstance(value, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) and "role" in each for each in found):
        return []
    return found


def system_instructions(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what stands before the conversation: the parts of its leading system messages."""
    return [part for message in messages[: _instructions_end(messages)] for part in _parts(message)]


def input_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the conversation that a model was given, without its instructions."""
    return [_message(message) for message in messages[_instructions_end(messages) :]]


def output_messages(messages: Sequence[Mapping[str, Any]], finish_reasons: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the answers of a model, each with the reason why it ended."""
    found = []
    for index, message in enumerate(messages):
        reason = finish_reasons[index] if index < len(finish_reasons) else None
        if reason is None:
            reason = "tool_calls" if message.get("tool_calls") else "stop"
        found.append({**_message(message), "finish_reason": "tool_call" if reason == "tool_calls" else reason})
    return found


def _instructions_end(messages: Sequence[Mapping[str, Any]]) -> int:
    ends = (index for index, message in enumerate(messages) if message["role"] not in ("system", "developer"))
    return next(ends, len(messages))


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    found = {"role": message["role"], "parts": _parts(message)}
    return {**found, "name": message["name"]} if message.get("name") else found


def _parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if message["role"] == "tool":
        return [{"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}]
    parts = [{"type": "reasoning", "content": message["reasoning_content"]}] if message.get("reasoning_content") else []
    if isinstance(content, list):
        parts += [_content_part(part) for part in content]
    elif content not in (None, ""):
        parts.append({"type": "text", "content": content})
    if message.get("refusal"):
        parts.append({"type": "refusal", "content": message["refusal"]})
    return parts + [_tool_call(call) for call in message.get("tool_calls") or () if isinstance(call, Mapping)]


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    given = call.get("function")
    function = given if isinstance(given, Mapping) else call
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with suppress(orjson.JSONDecodeError):  # a model wrote it, or its stream was cut
            arguments = orjson.loads(arguments)
    return {"type": "tool_call", "id": call.get("id"), "name": function.get("name"), "arguments": arguments}


def _content_part(part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        return {"type": "text", "content": part}
    kind, inner = part.get("type"), part.get(str(part.get("type")))
    if kind == "text":
        return {"type": "text", "content": part.get("text")}
    if kind == "image_url":
        return _media("image", inner.get("url") if isinstance(inner, Mapping) else inner)
    if kind == "input_audio" and isinstance(inner, Mapping):
        media_type = f"audio/{inner.get('format')}"
        return {"type": "blob", "modality": "audio", "mime_type": media_type, "content": inner.get("data")}
    if kind == "file" and isinstance(inner, Mapping) and "file_id" in inner:
        return {"type": "file", "modality": "file", "file_id": inner["file_id"]}
    return {**part, "type": str(kind)}


def _media(modality: str, url: Any) -> dict[str, Any]:
    """Return a reference; data that stands in the URL itself is a part of another type."""
    header, comma, data = url.partition(",") if isinstance(url, str) else ("", "", "")
    if comma and header.startswith("data:") and header.endswith(";base64"):
        media_type = header.removeprefix("data:").removesuffix(";base64")
        return {"type": "blob", "modality": modality, "mime_type": media_type, "content": data}
    return {"type": "uri", "modality": modality, "uri": url}
