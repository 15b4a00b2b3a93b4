"""Writes a response as a stream of events that obeys OpenAI's grammar, whatever the source of its content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from spanloom.schemas.construct import complete_item, create_response
from spanloom.schemas.open_item import OpenFunctionCall, OpenItem, OpenMessage, OpenOther, OpenReasoning, Pair
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent, new_event

__all__ = ["ResponseStreamBuilder"]

Events = list[ResponsesAgentStreamEvent]
ItemT = TypeVar("ItemT", OpenMessage, OpenReasoning)


class ResponseStreamBuilder:
    """Keeps the ids, indices and sequence numbers of one response stream; every method returns the events to send.

    Items are told apart by a `key` of the caller's choice (a message's name, a tool call's index), so that
    several may be open at once. What was not finished is finished by `finish`.

    Args:
        fields: Fields of the response body, `model` above all.

    Example:
        >>> stream = ResponseStreamBuilder(model="m")
        >>> events = [*stream.start(), *stream.text("Hel"), *stream.text("lo"), *stream.finish()]
        >>> [event.type.rpartition(".")[2] for event in events][:4]
        ['created', 'in_progress', 'added', 'added']
    """

    __slots__ = ("_open", "_output", "_response", "_sequence")

    def __init__(self, **fields: Any) -> None:
        self._response = create_response(**{**fields, "status": "in_progress"})
        self._sequence = 0
        self._output: list[dict[str, Any]] = []
        self._open: dict[object, OpenItem] = {}

    @property
    def response_id(self) -> str:
        """The id that the response has in every event."""
        return str(self._response["id"])

    @property
    def output(self) -> list[dict[str, Any]]:
        """The items that are finished so far."""
        return [item for item in self._output if item]

    def start(self) -> Events:
        """Begin the response."""
        body = dict(self._response)
        return self._events([("response.created", {"response": body}), ("response.in_progress", {"response": body})])

    def text(self, delta: str, key: object = "message", item_id: str | None = None, name: str | None = None) -> Events:
        """Add text to the message `key`, which begins with its first text or refusal.

        Args:
            delta: The text to add.
            key: Which message.
            item_id: The id of a message that begins; a fresh one unless given.
            name: Who speaks, of a message that begins, where several agents do.
        """
        return self._message(delta, key, "output_text", item_id, name)

    def refusal(self, delta: str, key: object = "message", item_id: str | None = None) -> Events:
        """Add to the refusal of the message `key`; the arguments are those of `text`."""
        return self._message(delta, key, "refusal", item_id)

    def annotation(self, annotation: dict[str, Any], key: object = "message") -> Events:
        """Add an annotation to the open text of the message `key`."""
        item, pairs = self._opened(key, OpenMessage)
        return self._events(pairs + item.annotate(annotation))

    def reasoning(self, delta: str, key: object = "reasoning", item_id: str | None = None) -> Events:
        """Add text to the reasoning `key`, which begins with its first text, even if that is empty.

        Args:
            delta: The text to add.
            key: Which reasoning.
            item_id: The id of a reasoning that begins; a fresh one unless given. Providers want theirs back.
        """
        item, pairs = self._opened(key, OpenReasoning, item_id)
        return self._events(pairs + item.delta(delta) if delta else pairs)

    def reasoning_paragraph(self, key: object = "reasoning") -> Events:
        """Begin another paragraph of the open reasoning `key`."""
        item, pairs = self._opened(key, OpenReasoning)
        return self._events(pairs + item.open_part())

    def function_call(
        self, key: object, call_id: str, name: str, arguments: str = "", item_id: str | None = None
    ) -> Events:
        """Begin the function call `key`; its item gets a fresh id unless one is given."""
        item = OpenFunctionCall(self._reserve(), call_id, name, item_id)
        self._open[key] = item
        return self._events(item.begin() + (item.delta(arguments) if arguments else []))

    def function_call_arguments(self, key: object, delta: str) -> Events:
        """Add a piece to the arguments of the function call `key`, which must have begun."""
        item = self._open[key]
        assert isinstance(item, OpenFunctionCall)
        return self._events(item.delta(delta))

    def begin_item(self, key: object, item: dict[str, Any]) -> Events:
        """Begin an item of any other type, which has an `id`; `finish_item` takes what it becomes."""
        other = OpenOther(self._reserve(), item)
        self._open[key] = other
        return self._events(other.begin())

    def progress(self, key: object, kind: str, **fields: Any) -> Events:
        """Tell how far the item `key`, begun with `begin_item`, has come, in an event of that item's own kind."""
        item = self._open[key]
        assert isinstance(item, OpenOther)
        return self._events(item.progress(kind, fields))

    def event(self, kind: str, fields: dict[str, Any]) -> Events:
        """Pass on an event that concerns no item."""
        return self._events([(kind, fields)])

    def begin_message(self, key: object, item_id: str | None = None, name: str | None = None) -> Events:
        """Begin the message `key` before its first text; the arguments are those of `text`."""
        item = self._open[key] = OpenMessage(self._reserve(), item_id, name)
        return self._events(item.begin())

    def is_open(self, key: object) -> bool:
        """Tell whether an item with this key began and is not finished."""
        return key in self._open

    def finish_item(self, key: object, status: str = "completed", /, **fields: Any) -> Events:
        """Finish the item `key`; nothing happens when it is not open.

        Args:
            key: Which item.
            status: How it ends: `completed` or `incomplete`.
            fields: Further fields of the finished item, such as a reasoning's `encrypted_content`.
        """
        item = self._open.pop(key, None)
        if item is None:
            return []
        pairs = item.finish(status)
        if fields:
            kind, done = pairs[-1]
            pairs[-1] = kind, {**done, "item": {**done["item"], **fields}}
        return self._close(item.index, pairs)

    def item(self, item: dict[str, Any]) -> Events:
        """Add a whole finished item, with all the events that a client expects before its `done`."""
        final, index = complete_item(item), self._reserve()
        return self._close(index, _item_events(final, index))

    def finish(self, status: str = "completed", **fields: Any) -> Events:
        """Finish what is open and end the response: `completed`, `incomplete` or `failed`.

        Args:
            status: How the response ends.
            fields: Further fields of the response body: `usage`, `error`, `incomplete_details`, ….
        """
        events: Events = []
        for key in list(self._open):
            events += self.finish_item(key, "completed" if status == "completed" else "incomplete")
        given = {name: value for name, value in fields.items() if value is not None}
        body = {**self._response, **given, "status": status, "output": self._output}
        return events + self._events([(f"response.{status}", {"response": body})])

    def _message(
        self, delta: str, key: object, kind: str, item_id: str | None = None, name: str | None = None
    ) -> Events:
        item = self._open.get(key)
        if isinstance(item, OpenMessage):
            return self._events(item.delta(kind, delta))
        return self.begin_message(key, item_id, name) + self._message(delta, key, kind)

    def _opened(self, key: object, kind: type[ItemT], item_id: str | None = None) -> tuple[ItemT, list[Pair]]:
        item = self._open.get(key)
        if isinstance(item, kind):
            return item, []
        item = kind(self._reserve(), item_id)
        self._open[key] = item
        return item, item.begin()

    def _reserve(self) -> int:
        self._output.append({})
        return len(self._output) - 1

    def _close(self, index: int, pairs: list[Pair]) -> Events:
        self._output[index] = pairs[-1][1]["item"]
        return self._events(pairs)

    def _events(self, pairs: Iterable[Pair]) -> Events:
        events = []
        for kind, fields in pairs:
            events.append(new_event(kind, sequence_number=self._sequence, **fields))
            self._sequence += 1
        return events


def _item_events(item: dict[str, Any], index: int) -> list[Pair]:
    kind = item.get("type")
    if kind == "message":
        message = OpenMessage(index, item["id"])
        pairs = message.begin()
        for part in item["content"]:
            pairs += _part_events(message, part)
        return pairs + message.finish("completed", item)
    if kind == "function_call":
        call = OpenFunctionCall(index, item["call_id"], item["name"], item["id"])
        pairs = call.begin() + (call.delta(item["arguments"]) if item["arguments"] else [])
        return pairs + call.finish("completed", item)
    if kind == "reasoning":
        reasoning = OpenReasoning(index, item["id"])
        pairs = reasoning.begin()
        for part in item["summary"]:
            pairs += reasoning.open_part() + reasoning.delta(part["text"])
        return pairs + reasoning.finish("completed", item)
    return [
        ("response.output_item.added", {"output_index": index, "item": item}),
        ("response.output_item.done", {"output_index": index, "item": item}),
    ]


def _part_events(message: OpenMessage, part: dict[str, Any]) -> list[Pair]:
    if part["type"] == "refusal":
        return message.open_part("refusal") + message.delta("refusal", part["refusal"])
    pairs = message.open_part("output_text")
    if part["text"]:
        pairs += message.delta("output_text", part["text"])
    for annotation in part.get("annotations") or ():
        pairs += message.annotate(annotation)
    return pairs
