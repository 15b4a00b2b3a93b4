"""What one call of a model says, written as response items while it comes."""

from __future__ import annotations

import os
from typing import Any

from pydantic_core import to_jsonable_python

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.citations import citation_annotations
from spanloom_adapters.pydantic_ai.hosted_tools import hosted_call_item
from spanloom_adapters.pydantic_ai.provenance import item_id, provider_data

__all__ = ["ModelTurn"]

Events = list[ResponsesAgentStreamEvent]


class _Text:
    """A text part, and the message it is written into: that of the part before it, if the provider says so."""

    __slots__ = ("chunks", "citations", "id", "message", "offset", "provider_name")

    def __init__(self, part_id: str | None, provider_name: str | None, before: _Text | None) -> None:
        self.id = part_id
        self.provider_name = provider_name
        joined = before is not None and before.id == part_id
        self.message: object = before.message if before is not None and joined else object()
        self.offset: int = before.offset + sum(map(len, before.chunks)) if before is not None and joined else 0
        self.chunks: list[str] = []
        self.citations: list[Any] = []


class _Thought:
    """A reasoning item: parts with the same id of the provider are its paragraphs."""

    __slots__ = ("id", "provider_name", "signature")

    def __init__(self, part_id: str | None) -> None:
        self.id = part_id
        self.provider_name: str | None = None
        self.signature: str | None = None


class ModelTurn:
    """Takes the parts of a `ModelResponse`, and their deltas, by their index.

    Text parts that follow each other are one message; it stays open to the end of the turn, since citations may come
    as late as that.

    Attributes:
        sources: What was cited, as JSON.
    """

    def __init__(self, response: ResponseStreamBuilder) -> None:
        self.sources: list[Any] = []
        self._response = response
        self._texts: dict[int, _Text] = {}
        self._last_text: _Text | None = None
        self._thought: _Thought | None = None
        self._hosted: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """All text, joined."""
        return "".join(chunk for text in self._texts.values() for chunk in text.chunks)

    def start(self, index: int, part: Any) -> Events:
        """Take the beginning of a part, or one that comes whole."""
        match part.part_kind:
            case "text":
                events = self._end_thought()
                text = self._texts[index] = self._last_text = _Text(part.id, part.provider_name, self._last_text)
                text.citations = getattr(part, "citations", None) or []
                return events + self.add_text(index, part.content)
            case "thinking":
                self._last_text = None
                return self._begin_thought(part)
            case "builtin-tool-call" | "builtin-tool-return" | "file":
                self._last_text = None
                return self._end_thought() + self._add_hosted(part)
            case _:
                return self._end_thought()

    def add_delta(self, index: int, delta: Any) -> Events:
        """Take more of a part."""
        kind = delta.part_delta_kind
        if kind == "text":
            citations = getattr(delta, "citations_delta", None)
            if citations is not None:
                self._texts[index].citations = citations
            return self.add_text(index, delta.content_delta)
        return self._think(delta.content_delta) if kind == "thinking" else []

    def add_text(self, index: int, content: str) -> Events:
        """Take more text of the part `index`."""
        if not content:
            return []
        text = self._texts[index]
        text.chunks.append(content)
        return self._response.text(content, text.message, item_id(text.id, "msg_"))

    def end(self, index: int, part: Any) -> Events:
        """Take a part as it is in the end."""
        match part.part_kind:
            case "text" if getattr(part, "citations", None):
                self._texts[index].citations = part.citations
            case "thinking" if self._thought is not None:
                self._thought.signature = self._thought.signature or part.signature
                self._thought.provider_name = part.provider_name
            case "builtin-tool-call":
                self._hosted[part.tool_call_id] = part
        return []

    def finish(self, status: str = "completed", refusal: str | None = None) -> Events:
        """Finish the items of this turn; nothing happens the second time."""
        events = self._end_thought()
        for call in self._hosted.values():
            events += self._add_hosted_call(call, None)
        self._hosted.clear()
        if refusal:
            text = self._texts[-1] = _Text(None, None, self._last_text)
            events += self._response.refusal(refusal, text.message)
        for text in self._texts.values():
            if text.citations and self._response.is_open(text.message):
                self.sources += to_jsonable_python(text.citations)
                for annotation in citation_annotations(text.citations, "".join(text.chunks), text.offset):
                    events += self._response.annotation(annotation, text.message)
        for text in self._texts.values():
            fields = provider_data(text.id, text.provider_name) if text.id else {}
            events += self._response.finish_item(text.message, status, **fields)
        return events

    def _begin_thought(self, part: Any) -> Events:
        thought = self._thought
        if thought is not None and part.id is not None and thought.id == part.id:
            return self._response.reasoning_paragraph(thought) + self._think(part.content)
        events = self._end_thought()
        self._thought = _Thought(part.id)
        return events + self._think(part.content)

    def _think(self, content: str | None) -> Events:
        if not content:
            return []
        if self._thought is None:  # some models think on while they speak
            self._thought = _Thought(None)
        return self._response.reasoning(content, self._thought, item_id(self._thought.id, "rs_"))

    def _end_thought(self) -> Events:
        thought = self._thought
        if thought is None:
            return []
        events: Events = []
        if thought.signature and not self._response.is_open(thought):
            events = self._response.reasoning("", thought, item_id(thought.id, "rs_"))
        fields = provider_data(thought.id, thought.provider_name)
        if thought.signature:
            fields["encrypted_content"] = thought.signature
        self._thought = None
        return events + self._response.finish_item(thought, **fields)

    def _add_hosted(self, part: Any) -> Events:
        if part.part_kind == "file":
            item = {"type": "image_generation_call", "id": f"ig_{os.urandom(16).hex()}", "status": "completed"}
            return self._response.item({**item, "result": part.content.base64}) if part.content.is_image else []
        if part.part_kind == "builtin-tool-call":
            self._hosted[part.tool_call_id] = part
            return []
        call = self._hosted.pop(part.tool_call_id, None)
        return self._add_hosted_call(call, part.content) if call is not None else []

    def _add_hosted_call(self, call: Any, content: Any) -> Events:
        item = hosted_call_item(call, content)
        return self._response.item(item) if item is not None else []
