"""What a chain gives, as response items.

Text and the models' messages are written as they come. Of a mapping, `answer`, `output` or `result` is the text, and of
its `messages` those after the user's last; the other values are in `custom_outputs`. Documents are cited by the text
and listed in `custom_outputs["source_nodes"]`; alone they are the text, one paragraph each. Any other value, also a
mapping without these keys, is structured output: the value in `custom_outputs["structured_response"]`, and JSON text
unless something else was said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.runnables.utils import AddableDict

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.message_items import MessageItems
from spanloom_adapters.langchain.model_turn import ModelTurn
from spanloom_adapters.langchain.plain import plain_value
from spanloom_adapters.langchain.sources import are_documents

__all__ = ["Answer", "answer_messages"]

Events = list[ResponsesAgentStreamEvent]

_ANSWERS = ("answer", "output", "result")


class Answer:
    """Takes what a chain streams, or gives as a whole, and returns the events to send.

    Args:
        run: The run whose response is written.
        items: What writes the messages.
    """

    def __init__(self, run: Run, items: MessageItems) -> None:
        self._run = run
        self._items = items
        self._turn: ModelTurn | None = None
        self._chunk_id: str | None = None
        self._rest = AddableDict()
        self._answered = False
        self._value: Any = None

    def add(self, chunk: Any) -> Events:
        """Take a chunk, or the whole."""
        if isinstance(chunk, str):
            return self._open_turn().say(chunk) if chunk else []
        if isinstance(chunk, AIMessageChunk):
            return self._open_turn(chunk.id).add(chunk)
        if isinstance(chunk, BaseMessage):
            return self._items.add(chunk, chunk.name)
        if isinstance(chunk, AddableDict):
            return self._read(chunk)
        updates = _graph_updates(chunk)
        if updates is None:
            # Parsers stream the value so far, again and again.
            self._value = chunk
            return []
        return [event for message in updates for event in self._items.add(message, message.name)]

    def finish(self) -> Events:
        """Finish what is open, and write what comes at the end."""
        events = self._add_value(self._value)
        if self._rest and self._answered:
            self._run.custom_outputs |= plain_value(self._rest)
        elif self._rest:
            events += self._add_structured(dict(self._rest))
        return events + self._items.finish()

    def _open_turn(self, chunk_id: str | None = None) -> ModelTurn:
        # Older versions of langchain-openai tell the usage after the last chunk.
        goes_on = chunk_id is not None and chunk_id == self._chunk_id
        if self._turn is None or (self._turn.finished and not goes_on):
            self._turn = self._items.begin()
        self._chunk_id = chunk_id
        return self._turn

    def _add_value(self, value: Any) -> Events:
        if value is None:
            return []
        if are_documents(value):
            self._items.sources.add(value)
            return self.add("\n\n".join(document.page_content for document in value))
        if isinstance(value, Mapping):
            return self._read(value)
        messages = _messages(value)
        if messages:
            return [event for message in messages for event in self.add(message)]
        return self._add_structured(value)

    def _read(self, values: Mapping[str, Any]) -> Events:
        """Write what is the answer in a mapping, or a piece of one, and keep the rest."""
        rest: dict[str, Any] = {}
        messages: list[BaseMessage] = []
        answers: list[str | BaseMessage] = []
        for key, value in values.items():
            if are_documents(value):
                self._items.sources.add(value)
            elif key == "messages" and _messages(value):
                messages = answer_messages(value)
                self._answered = True
            elif key in _ANSWERS and isinstance(value, str | BaseMessage):
                answers.append(value)
                self._answered = True
            else:
                rest[key] = value
        self._rest += AddableDict(rest)
        events = [event for message in messages for event in self._items.add(message, message.name)]
        whole = bool(messages) or not isinstance(values, AddableDict)
        for answer in answers:
            events += self._items.add_text(answer) if whole and isinstance(answer, str) else self.add(answer)
        return events

    def _add_structured(self, value: Any) -> Events:
        plain = self._run.custom_outputs["structured_response"] = plain_value(value)
        return [] if self._items.has_text else self._items.add_text(json.dumps(plain, ensure_ascii=False))


def answer_messages(messages: list[Any]) -> list[BaseMessage]:
    """Return the messages after the last one of a user: of a state, those are the answer."""
    last = max((index for index, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    return _messages(messages[last + 1 :])


def _messages(value: Any) -> list[BaseMessage]:
    return [message for message in value if isinstance(message, BaseMessage)] if isinstance(value, list) else []


def _graph_updates(chunk: Any) -> list[BaseMessage] | None:
    """Return the messages if the chunk is a graph's: chains that end in one stream the updates of its nodes."""
    if not isinstance(chunk, Mapping) or not chunk:
        return None
    if not all(update is None or (isinstance(update, Mapping) and "messages" in update) for update in chunk.values()):
        return None
    return [message for update in chunk.values() if update for message in _messages(update["messages"])]
