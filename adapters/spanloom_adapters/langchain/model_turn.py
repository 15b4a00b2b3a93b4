"""What one call of a chat model says, written as response items while it comes."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata, add_usage

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.endings import finish_reason
from spanloom_adapters.langchain.sources import Sources

__all__ = ["ModelTurn"]

Events = list[ResponsesAgentStreamEvent]


class ModelTurn:
    """Takes the chunks of one model call, or its whole message, and returns the events to send.

    Args:
        response: The response to write.
        name: Who speaks, where several do.
        sources: The documents that the text cites.

    Attributes:
        usage: The tokens that the messages report.
        incomplete_reason: Why the model stopped before its end, if it did.
        finished: Whether its items are finished.
    """

    __slots__ = (
        "_call_ids",
        "_calls",
        "_name",
        "_response",
        "_said",
        "_sources",
        "_thoughts",
        "finished",
        "incomplete_reason",
        "usage",
    )

    def __init__(
        self, response: ResponseStreamBuilder, name: str | None = None, sources: Sources | None = None
    ) -> None:
        self.usage: UsageMetadata | None = None
        self.incomplete_reason: str | None = None
        self.finished = False
        self._response = response
        self._name = name
        self._sources = sources
        self._said: list[str] = []
        self._thoughts: dict[object, dict[str, Any]] = {}
        self._calls: dict[object, object] = {}
        self._call_ids: set[str] = set()

    @property
    def text(self) -> str:
        """What the model said so far."""
        return "".join(self._said)

    def add(self, message: AIMessage) -> Events:
        """Take a chunk, or the whole message of a model that does not stream."""
        events: Events = []
        extra, content = message.additional_kwargs, message.content
        if extra.get("reasoning_content"):
            events += self._think("reasoning_content", extra["reasoning_content"])
        if isinstance(content, str):
            if content:
                events += self.say(content)
        else:
            for position, block in enumerate(content):
                events += self.say(block) if isinstance(block, str) else self._add_block(block, position)
        if isinstance(extra.get("refusal"), str):
            events += self._end_thoughts() + self._response.refusal(extra["refusal"], self)
        events += self._add_calls(message)
        self.incomplete_reason = finish_reason(message.response_metadata) or self.incomplete_reason
        if message.usage_metadata:
            self.usage = add_usage(self.usage, message.usage_metadata)
        if getattr(message, "chunk_position", "last") == "last":
            events += self.finish()
        return events

    def finish(self) -> Events:
        """Finish the items of this turn; nothing happens the second time."""
        if self.finished:
            return []
        self.finished = True
        status = "incomplete" if self.incomplete_reason else "completed"
        events = self._end_thoughts()
        if self._sources is not None and self._said and self._response.is_open(self):
            for citation in self._sources.citations(self.text):
                events += self._response.annotation(citation, self)
        events += self._response.finish_item(self, status)
        for key in self._calls.values():
            events += self._response.finish_item(key, status)
        return events

    def say(self, text: str) -> Events:
        """Take a piece of text."""
        if not text:
            return []
        self._said.append(text)
        return self._end_thoughts() + self._response.text(text, self, name=self._name)

    def _add_block(self, block: dict[str, Any], position: int) -> Events:
        match block.get("type"):
            case "text" | "output_text":
                events = self.say(block.get("text") or "")
                for annotation in block.get("annotations") or ():
                    events += self._response.annotation(annotation, self)
                return events
            case "refusal":
                return self._end_thoughts() + self._response.refusal(block["refusal"], self)
            case "reasoning":
                return self._add_reasoning(block, block.get("index", position))
            case "thinking":
                return self._think(block.get("index", position), block.get("thinking") or "")
            case str(kind) if kind.endswith("_call") and kind not in _CALLS and "id" in block:
                return self._response.item({name: value for name, value in block.items() if name != "index"})
            case _:
                return []

    def _add_reasoning(self, block: dict[str, Any], key: object) -> Events:
        events = self._think(key, block.get("reasoning") or "", block.get("id"))
        thought = self._thoughts[key]
        if block.get("encrypted_content"):
            thought["fields"]["encrypted_content"] = block["encrypted_content"]
        for position, part in enumerate(block.get("summary") or ()):
            paragraph = part.get("index", position)
            if thought["paragraph"] not in {None, paragraph}:
                events += self._response.reasoning_paragraph(thought["key"])
            thought["paragraph"] = paragraph
            events += self._response.reasoning(part.get("text") or "", thought["key"])
        return events

    def _think(self, key: object, text: str, item_id: str | None = None) -> Events:
        thought = self._thoughts.get(key)
        if thought is None:
            thought = self._thoughts[key] = {"key": object(), "paragraph": None, "fields": {}}
        return self._response.reasoning(text, thought["key"], item_id)

    def _end_thoughts(self) -> Events:
        events: Events = []
        for thought in self._thoughts.values():
            events += self._response.finish_item(thought["key"], **thought["fields"])
        self._thoughts.clear()
        return events

    def _add_calls(self, message: AIMessage) -> Events:
        events: Events = []
        # A chunk's `tool_calls` are guesses from the fragment alone.
        if isinstance(message, AIMessageChunk):
            for chunk in message.tool_call_chunks:
                events += self._add_call(chunk["index"], chunk["id"], chunk["name"], chunk["args"] or "")
            return events
        for call in message.tool_calls:
            events += self._add_call(call["id"], call["id"], call["name"], json.dumps(call["args"]))
        for invalid in message.invalid_tool_calls:
            events += self._add_call(invalid["id"], invalid["id"], invalid["name"], invalid["args"] or "")
        return events

    def _add_call(self, index: object, call_id: str | None, name: str | None, arguments: str) -> Events:
        key = self._calls.get(index)
        if key is None or (call_id is not None and call_id not in self._call_ids):
            key = self._calls[index] = object()
            call_id = call_id or f"call_{id(key):x}"
            self._call_ids.add(call_id)
            return self._end_thoughts() + self._response.function_call(key, call_id, name or "", arguments)
        return self._response.function_call_arguments(key, arguments) if arguments else []


_CALLS = frozenset({"function_call", "tool_call", "invalid_tool_call", "server_tool_call"})
"""Blocks that repeat what a message's tool calls say, or that only LangChain knows."""
