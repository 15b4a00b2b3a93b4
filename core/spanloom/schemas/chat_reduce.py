"""Folds the chunks of chat answers into whole ones."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.chat_agent import ChatAgentChunk
from spanloom.schemas.chat_model import ChatCompletionChunk

__all__ = ["ChatAgentReducer", "ChatCompletionReducer"]


class ChatAgentReducer:
    """Puts the messages of a chat agent together: chunks of one message share its id; the last facts win.

    Example:
        >>> reducer = ChatAgentReducer()
        >>> for text in ("Hel", "lo"):
        ...     reducer.add(ChatAgentChunk(delta={"role": "assistant", "content": text, "id": "m1"}))
        >>> reducer.body()["messages"][0]["content"]
        'Hello'
    """

    __slots__ = ("_facts", "_messages")

    def __init__(self) -> None:
        self._messages: dict[str | None, dict[str, Any]] = {}
        self._facts: dict[str, Any] = {}

    def add(self, chunk: ChatAgentChunk) -> None:
        """Take the next chunk."""
        fields = chunk.model_dump(exclude_none=True)
        delta = fields.pop("delta")
        message = self._messages.setdefault(delta.get("id"), {})
        content = message.get("content", "") + delta["content"] if delta.get("content") is not None else None
        calls = [*message.get("tool_calls", ()), *delta.get("tool_calls", ())]
        message.update(delta)
        if content is not None:
            message["content"] = content
        if calls:
            message["tool_calls"] = calls
        self._facts.update(fields)

    def body(self) -> dict[str, Any]:
        """Return the response so far, as a dict."""
        return {**self._facts, "messages": list(self._messages.values())}


class ChatCompletionReducer:
    """Puts a chat completion together from its chunks: text and tool calls per choice; the last facts win."""

    __slots__ = ("_choices", "_facts")

    def __init__(self) -> None:
        self._choices: dict[int, dict[str, Any]] = {}
        self._facts: dict[str, Any] = {}

    def add(self, chunk: ChatCompletionChunk) -> None:
        """Take the next chunk."""
        fields = chunk.model_dump()
        fields.pop("object")
        for choice in fields.pop("choices"):
            index = choice["index"]
            whole = self._choices.setdefault(index, {"index": index, "message": {"role": "assistant"}})
            _add_delta(whole["message"], choice["delta"])
            if choice.get("finish_reason"):
                whole["finish_reason"] = choice["finish_reason"]
        self._facts.update(fields)

    def body(self) -> dict[str, Any]:
        """Return the completion so far, as a dict."""
        choices = []
        for _, choice in sorted(self._choices.items()):
            message = dict(choice["message"])
            if "tool_calls" in message:
                message["tool_calls"] = [call for _, call in sorted(message["tool_calls"].items())]
            elif not message.get("refusal"):
                message.setdefault("content", "")
            choices.append({**choice, "message": message})
        return {**self._facts, "choices": choices}


def _add_delta(message: dict[str, Any], delta: dict[str, Any]) -> None:
    for name in ("content", "refusal"):
        if delta.get(name):
            message[name] = message.get(name, "") + delta[name]
    for name in ("role", "name"):
        if delta.get(name):
            message[name] = delta[name]
    for call in delta.get("tool_calls") or ():
        calls = message.setdefault("tool_calls", {})
        whole = calls.setdefault(call.get("index", len(calls)), {"type": "function", "function": {"arguments": ""}})
        function = call.get("function") or {}
        if call.get("id"):
            whole["id"] = call["id"]
        if function.get("name"):
            whole["function"]["name"] = function["name"]
        whole["function"]["arguments"] += function.get("arguments") or ""
