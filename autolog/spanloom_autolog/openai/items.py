"""Items of the Responses API as chat messages: one form for every model call, whatever API it went through."""

from __future__ import annotations

from typing import Any

from spanloom_autolog.clients.fields import field, plain, sequence
from spanloom_autolog.openai.chat import tool_call

__all__ = ["messages_of"]

_CALLS = {"function_call": ("function", "arguments"), "custom_tool_call": ("custom", "input")}
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})


def messages_of(items: Any) -> list[dict[str, Any]]:
    """Convert input or output items.

    What the model said in one go is one message: reasoning, then the text, then all of its tool calls. Items that chat
    completions do not know (built-in tools, references) are kept as a content part of their own.
    """
    turns = _Turns()
    for item in sequence(items):
        turns.add(item)
    return turns.messages


class _Turns:
    """The messages so far; the last one is open as long as the model speaks."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._speaking = False

    def add(self, item: Any) -> None:
        kind = field(item, "type")
        if kind in _CALLS:
            call_kind, text = _CALLS[kind]
            call = tool_call(field(item, "call_id"), call_kind, field(item, "name"), field(item, text))
            self._assistant().setdefault("tool_calls", []).append(call)
        elif kind == "reasoning":
            self._add_reasoning(item)
        elif kind in _OUTPUTS:
            self._append(
                {"role": "tool", "tool_call_id": field(item, "call_id"), "content": _content(field(item, "output"))}
            )
        elif field(item, "role"):
            self._add_message(item)
        else:
            self._append({"role": "assistant", "content": [plain(item)]})

    def _add_message(self, item: Any) -> None:
        role = field(item, "role")
        parts = field(item, "content")
        if role != "assistant":
            self._append({"role": role, "content": _content(parts)})
            return
        message = self._assistant()
        if message["content"] is not None or "tool_calls" in message:
            message = self._begin()
        refusals = [field(part, "refusal") for part in sequence(parts) if field(part, "type") == "refusal"]
        if refusals:
            message["refusal"] = "".join(refusals)
            parts = [part for part in parts if field(part, "type") != "refusal"] or None
        message["content"] = _content(parts)

    def _add_reasoning(self, item: Any) -> None:
        parts = [*sequence(field(item, "summary")), *sequence(field(item, "content"))]
        text = "\n".join(field(part, "text") or "" for part in parts)
        if not text:
            return
        message = self._assistant()
        before = message.get("reasoning_content")
        message["reasoning_content"] = f"{before}\n{text}" if before else text

    def _assistant(self) -> dict[str, Any]:
        return self.messages[-1] if self._speaking else self._begin()

    def _begin(self) -> dict[str, Any]:
        self._append({"role": "assistant", "content": None})
        self._speaking = True
        return self.messages[-1]

    def _append(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self._speaking = False


def _content(parts: Any) -> Any:
    if not isinstance(parts, list | tuple):
        return parts
    converted = [_part(part) for part in parts]
    if len(converted) == 1 and isinstance(converted[0], dict) and converted[0].get("type") == "text":
        return converted[0]["text"]
    return converted


def _part(part: Any) -> Any:
    kind = field(part, "type")
    if kind in ("input_text", "output_text", "text"):
        return {"type": "text", "text": field(part, "text")}
    if kind == "input_image" and field(part, "image_url"):
        image = {"url": field(part, "image_url"), "detail": field(part, "detail")}
        return {"type": "image_url", "image_url": {key: value for key, value in image.items() if value is not None}}
    if kind == "input_file":
        file = {key: field(part, key) for key in ("file_id", "filename", "file_data", "file_url")}
        return {"type": "file", "file": {key: value for key, value in file.items() if value is not None}}
    return plain(part)
