"""Putting the events of a streamed message together."""

from __future__ import annotations

from typing import Any, NamedTuple

from spanloom_autolog.clients.fields import field, plain

__all__ = ["EventReader", "PartialMessage"]


class PartialMessage(NamedTuple):
    """A message as far as it came; its names are those of the client's model."""

    id: str | None
    model: str | None
    content: list[dict[str, Any]]
    usage: dict[str, Any]
    stop_reason: str | None
    stop_details: Any


class EventReader:
    """Takes the events of the wire; tool arguments stay the text that was streamed, valid JSON or not."""

    def __init__(self) -> None:
        self._begun: Any = None
        self._ended: Any = None
        self._blocks: dict[int, _Block] = {}
        self._usage: dict[str, Any] = {}

    def add(self, event: Any) -> None:
        """Take the next event."""
        kind = event.type
        if kind == "content_block_delta":
            block = self._blocks.get(event.index)
            if block is not None:
                block.add(event.delta)
        elif kind == "content_block_start":
            self._blocks[event.index] = _Block(event.content_block)
        elif kind == "message_start":
            self._begun = event.message
            self._count(event.message.usage)
            # What is counted here is a placeholder; the real number comes with the end.
            self._usage.pop("output_tokens", None)
        elif kind == "message_delta":
            self._ended = event.delta
            self._count(event.usage)

    def _count(self, usage: Any) -> None:
        # Counts are totals so far, and only those that apply are said again.
        self._usage.update((name, number) for name in _COUNTS if (number := field(usage, name)) is not None)

    def result(self) -> PartialMessage:
        """Return the message, in full or as far as it came."""
        begun, ended = self._begun, self._ended
        return PartialMessage(
            field(begun, "id"),
            field(begun, "model"),
            [self._blocks[index].whole() for index in sorted(self._blocks)],
            self._usage,
            field(ended, "stop_reason"),
            field(ended, "stop_details"),
        )


_COUNTS = (
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "output_tokens_details",
)

_TEXTS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("partial_json", "input"),
}


class _Block:
    """One content block while it is streamed."""

    __slots__ = ("_begun", "_citations", "_name", "_texts")

    def __init__(self, begun: Any) -> None:
        self._begun = begun
        self._name = ""
        self._texts: list[str] = []
        self._citations: list[Any] = []

    def add(self, delta: Any) -> None:
        known = _TEXTS.get(delta.type)
        if known is not None:
            self._texts.append(getattr(delta, known[0]))
            self._name = known[1]
        elif delta.type == "citations_delta":
            self._citations.append(delta.citation)

    def whole(self) -> dict[str, Any]:
        found: dict[str, Any] = plain(self._begun)
        text = "".join(self._texts)
        if text:
            found[self._name] = text
        if self._citations:
            found["citations"] = self._citations
        return found
