"""One model call while the model writes."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.field_text import FieldReader, JsonFields
from spanloom_adapters.dspy.json_strings import JsonStrings
from spanloom_adapters.dspy.program import is_reasoning

__all__ = ["ModelTurn"]

Events = list[ResponsesAgentStreamEvent]


class ModelTurn:
    """Writes the answer and the reasoning of a model call.

    Args:
        response: What writes the response.
        key: Which model call; the key of its message.
        reader: Takes the model's text apart; without, none of it is shown.
        outputs: The fields that the text is made of, with their types.
        answer: The field that is the text of the answer, if this call is to give it.
        submits: Whether the answer comes as an argument of the tool `submit`.

    Attributes:
        text: What was said.
        thoughts: What was thought, one text per field.
        finish_reason: Why the model stopped.
    """

    def __init__(
        self,
        response: ResponseStreamBuilder,
        key: str,
        reader: FieldReader | None = None,
        outputs: dict[str, Any] | None = None,
        answer: str | None = None,
        *,
        submits: bool = False,
    ) -> None:
        self.text = ""
        self.thoughts: dict[str, str] = {}
        self.finish_reason: str | None = None
        self.key = key
        self._response = response
        self._reader = reader
        self._outputs = outputs or {}
        self._answer = answer
        self._submitted = _Submitted() if submits else None
        self._calls: dict[int, FieldReader | None] = {}

    @property
    def shown(self) -> bool:
        """Whether anything was written."""
        return bool(self.text or self.thoughts)

    def add(self, chunk: Any) -> Events:
        """Take a chunk: DSPy's own, or LiteLLM's."""
        choices = getattr(chunk, "choices", None)
        if not choices:
            return []
        delta, reason = choices[0].delta, getattr(choices[0], "finish_reason", None)
        if reason:
            self.finish_reason = reason
        events: Events = []
        thought, content = getattr(delta, "reasoning_content", None), getattr(delta, "content", None)
        if isinstance(thought, str) and thought:
            events += self.think(thought)
        if isinstance(content, str) and content and self._reader is not None:
            events += self._read(content, self._reader)
        for call in getattr(delta, "tool_calls", None) or ():
            events += self._add_call(call)
        return events

    def think(self, text: str, field: str = "") -> Events:
        """Add to the reasoning."""
        self.thoughts[field] = self.thoughts.get(field, "") + text
        return self._response.reasoning(text, (self.key, field))

    def say(self, text: str) -> Events:
        """Add to the text."""
        self.text += text
        return self.end() + self._response.text(text, self.key)

    def end(self) -> Events:
        """Finish the reasoning: the model has stopped, or begun to answer."""
        return [event for field in self.thoughts for event in self._response.finish_item((self.key, field))]

    def close(self) -> Events:
        """Finish the message, to which nothing can be added any more."""
        return self.end() + self._response.finish_item(self.key)

    def _read(self, content: str, reader: FieldReader) -> Events:
        events: Events = []
        for field, text in reader.feed(content):
            if field == self._answer and self._submitted is None:
                events += self.say(text)
            elif field in self._outputs and is_reasoning(field, self._outputs[field]):
                events += self.think(text, field)
            elif self._submitted is not None and field == "tool_calls":
                events += self._submit(self._submitted.feed(text))
        if self._submitted is not None and isinstance(reader, JsonFields):
            events += self._submit(self._submitted.feed(content))
        return events

    def _add_call(self, call: Any) -> Events:
        if self._submitted is None:
            return []
        function = call.function if hasattr(call, "function") else call["function"]
        index = getattr(call, "index", 0)
        if getattr(function, "name", None):
            self._calls[index] = JsonFields() if function.name == "submit" else None
        reader = self._calls.get(index)
        return self._submit(reader.feed(getattr(function, "arguments", None) or "")) if reader is not None else []

    def _submit(self, pieces: list[tuple[str, str]]) -> Events:
        return [event for field, text in pieces if field == self._answer for event in self.say(text)]


class _Submitted:
    """The arguments of `submit` in tool calls that a model writes as text."""

    def __init__(self) -> None:
        self._strings = JsonStrings()
        self._names: dict[tuple[Any, ...], str] = {}

    def feed(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for path, piece, _ in self._strings.feed(text):
            if path[-1:] == ("name",):
                self._names[path[:-1]] = self._names.get(path[:-1], "") + piece
            elif path[-2:-1] in (("args",), ("arguments",)) and self._names.get(path[:-2]) == "submit" and piece:
                found.append((str(path[-1]), piece))
        return found
