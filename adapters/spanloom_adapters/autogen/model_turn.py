"""One turn of one speaker: from its first streamed word to the message that ends it."""

from __future__ import annotations

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.autogen.think_tags import ThinkTags

__all__ = ["ModelTurn"]

Events = list[ResponsesAgentStreamEvent]


class ModelTurn:
    """Writes what a speaker says as at most one reasoning and one message item.

    Args:
        response: Writes the response.
        name: Of the speaker, if it is to be told.
    """

    def __init__(self, response: ResponseStreamBuilder, name: str | None) -> None:
        self._response = response
        self._name = name
        self._tags = ThinkTags()
        self._text: list[str] = []
        self._reasoning = object()
        self._reasoned = False
        self._thought = ""

    def add(self, chunk: str) -> Events:
        """Take the next piece of what the model streams."""
        return self._add(*self._tags.split(chunk))

    def think(self, thought: str) -> Events:
        """Take the whole thought. It repeats what was streamed, or else what it is follows from what comes next."""
        text = "".join(self._text)
        if self._reasoned or thought.strip() == text.strip():
            return []
        if text:
            return self._add(thought, "")
        self._thought = thought
        return []

    def call(self) -> Events:
        """End the turn with calls: a thought before them is the text that came with them."""
        return self._add("", self._thought) + self._finish()

    def say(self, text: str) -> Events:
        """End the turn with the whole text, of which some may have been streamed; with none, as it is."""
        events = self._add(self._thought, "")
        streamed = "".join(self._text)
        if text.startswith(streamed):  # a client may have stripped what it streamed
            events += self._add("", text[len(streamed) :])
        return events + self._finish()

    def _add(self, reasoning: str, text: str) -> Events:
        events: Events = []
        if reasoning:
            self._reasoned = True
            events = self._response.reasoning(reasoning, self._reasoning)
        if text:
            self._text.append(text)
            events += self._response.finish_item(self._reasoning)
            events += self._response.text(text, self, name=self._name)
        return events

    def _finish(self) -> Events:
        events = self._add(*self._tags.finish())
        return events + self._response.finish_item(self._reasoning) + self._response.finish_item(self)
