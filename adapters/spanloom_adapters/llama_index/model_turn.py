"""What one call of a model says, written as response items while it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from llama_index.core.base.llms.types import CitationBlock, ThinkingBlock, ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import ToolSelection
from pydantic_core import to_jsonable_python

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.raw import finish_word, refusal_of
from spanloom_adapters.llama_index.sources import Sources, citation_annotation
from spanloom_adapters.llama_index.splitting import Piece, PlainSplitter, Splitter

__all__ = ["ModelTurn", "call_items"]

Events = list[ResponsesAgentStreamEvent]


class ModelTurn:
    """Takes a model's answer in pieces or as a whole.

    Attributes:
        spoke: Whether it said anything to the user.
        finish_word: The provider's word for why it ended, if known.
    """

    def __init__(
        self,
        response: ResponseStreamBuilder,
        sources: Sources,
        splitter: Splitter | None = None,
        speaker: str | None = None,
    ) -> None:
        self.spoke = False
        self._streamed = False
        self.finish_word: str | None = None
        self._response = response
        self._sources = sources
        self._splitter = splitter or PlainSplitter()
        self._speaker = speaker
        self._open = ""
        self._key = object()
        self._said: list[str] = []
        self._thoughts: list[object] = []

    @property
    def text(self) -> str:
        """The text of the open message."""
        return "".join(self._said)

    def add(self, delta: str | None, thinking: str | None = None, raw: Any = None) -> Events:
        """Take a piece of it.

        Args:
            delta: More text.
            thinking: More reasoning, before that text.
            raw: What the provider sent.
        """
        events = self._think(thinking) if thinking else []
        if delta:
            self._streamed = True
            events += self._write(self._splitter.add(delta))
        if raw is not None:
            self.finish_word = finish_word(raw) or self.finish_word
            refusal = refusal_of(raw)
            if refusal:
                events += self._refuse(refusal)
        return events

    def add_message(self, message: ChatMessage, raw: Any = None) -> Events:
        """Take it as a whole, as far as it did not come in pieces."""
        events: Events = []
        thoughts = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
        if not self._thoughts:
            for block in thoughts:
                events += self._close() + self._think(block.content or "")
        if not self._streamed and not self.spoke:
            events += self.add(message.content, raw=raw)
        events += self._write(self._splitter.finish())
        events += self._cite(block for block in message.blocks if isinstance(block, CitationBlock))
        for key, block in zip(self._thoughts, thoughts, strict=False):
            details = to_jsonable_python(block.additional_information, fallback=str)
            events += self._response.finish_item(key, **({"native": details} if details else {}))
        return events

    def finish(self) -> Events:
        """Finish what is open; the text cites what was retrieved for it."""
        events = self._write(self._splitter.finish())
        for key in self._thoughts:
            events += self._response.finish_item(key)
        return events + self._close()

    def _write(self, pieces: Iterable[Piece]) -> Events:
        events: Events = []
        for kind, text in pieces:
            if kind == "reasoning":
                events += self._think(text)
                continue
            events += self._begin("message")
            self._said.append(text)
            events += self._response.text(text, self._key, name=self._speaker)
        return events

    def _think(self, text: str) -> Events:
        if not text:
            return []
        events = self._begin("reasoning")
        if self._key not in self._thoughts[-1:]:
            self._thoughts.append(self._key)
        return events + self._response.reasoning(text, self._key)

    def _refuse(self, text: str) -> Events:
        return self._begin("message") + self._response.refusal(text, self._key)

    def _cite(self, blocks: Iterable[CitationBlock]) -> Events:
        if self._open != "message":
            return []
        annotations = [citation_annotation(block, self.text) for block in blocks]
        return [event for each in annotations for event in self._response.annotation(each, self._key)]

    def _begin(self, kind: str) -> Events:
        if kind == "message":
            self.spoke = True
        if self._open == kind:
            return []
        events = self._close()
        self._open, self._key = kind, object()
        return events

    def _close(self) -> Events:
        # A thought stays open: what its provider wants back comes with the whole message.
        kind, self._open = self._open, ""
        if kind != "message":
            return []
        events = [
            event
            for annotation in (self._sources.citations(self.text) if self._said else ())
            for event in self._response.annotation(annotation, self._key)
        ]
        self._said = []
        return events + self._response.finish_item(self._key)


def call_items(selections: Sequence[ToolSelection], message: ChatMessage) -> list[dict[str, Any]]:
    """Return the calls that a model made.

    Args:
        selections: The calls, as LlamaIndex read them.
        message: What the model wrote; there, arguments are as they came.
    """
    written = {
        block.tool_call_id: block.tool_kwargs
        for block in message.blocks
        if isinstance(block, ToolCallBlock) and isinstance(block.tool_kwargs, str)
    }
    return [
        {
            "type": "function_call",
            "call_id": selection.tool_id,
            "name": selection.tool_name,
            "arguments": written.get(selection.tool_id)
            or json.dumps(to_jsonable_python(selection.tool_kwargs, fallback=str), ensure_ascii=False),
        }
        for selection in selections
    ]
