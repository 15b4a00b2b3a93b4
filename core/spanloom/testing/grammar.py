"""The grammar of a response stream, as a check for tests of agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.schemas.wire import plain

__all__ = ["check_events"]

_TERMINAL = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}
_TEXTS = {
    "response.output_text": "text",
    "response.refusal": "refusal",
    "response.reasoning_summary_text": "text",
    "response.reasoning_text": "text",
    "response.function_call_arguments": "arguments",
}


def check_events(events: Iterable[Mapping[str, Any] | BaseModel]) -> dict[str, Any]:
    """Check that events are one whole, well-formed response stream, and return its final response.

    It begins with `response.created` and `response.in_progress` and ends with one terminal event; sequence numbers
    count from 0 without gaps; every item and part is added before it changes and done before the end; joined deltas are
    the text of their `done`; the final response's output is the finished items in their order.

    Raises:
        AssertionError: If they are not; the message names the event and the rule.

    Example:
        >>> check_events(agent.predict_stream(input="hi"))["status"]
        'completed'
    """
    grammar = _Grammar()
    for number, event in enumerate(events):
        body = plain(event)
        try:
            grammar.take(number, body)
        except AssertionError as error:
            raise AssertionError(f"event {number} ({body.get('type')}): {error}") from None
    assert grammar.response is not None, "the stream has no terminal event"
    return grammar.response


class _Grammar:
    def __init__(self) -> None:
        self.response: dict[str, Any] | None = None
        self._response_id: str | None = None
        self._items: dict[int, dict[str, Any]] = {}
        self._done: dict[int, dict[str, Any]] = {}
        self._parts: dict[tuple[str, int, str], bool] = {}
        self._texts: dict[tuple[str, str, int], list[str]] = {}

    def take(self, number: int, event: dict[str, Any]) -> None:
        kind = event["type"]
        assert self.response is None, "comes after the terminal event"
        assert event.get("sequence_number") == number, f"has sequence_number {event.get('sequence_number')}"
        if number < 2:  # noqa: PLR2004 - the two that every stream begins with
            expected = ("response.created", "response.in_progress")[number]
            assert kind == expected, f"should be {expected}"
            self._begin(event["response"])
        elif kind in _TERMINAL:
            self._end(event["response"], _TERMINAL[kind])
        elif kind == "response.output_item.added":
            self._add_item(event)
        elif kind == "response.output_item.done":
            self._finish_item(event)
        elif "item_id" in event:
            self._change_item(kind, event)

    def _begin(self, response: dict[str, Any]) -> None:
        assert response["status"] == "in_progress", f"the response is {response['status']}"
        assert not response["output"], "the response has output already"
        assert self._response_id in {None, response["id"]}, "the response's id changed"
        self._response_id = response["id"]

    def _add_item(self, event: dict[str, Any]) -> None:
        index, item = event["output_index"], event["item"]
        assert index == len(self._items), f"output_index is {index}, but {len(self._items)} items were added"
        assert item.get("id") not in {other.get("id") for other in self._items.values()}, "the item's id is not unique"
        self._items[index] = item

    def _finish_item(self, event: dict[str, Any]) -> None:
        index, item = event["output_index"], event["item"]
        assert index in self._items, f"item {index} was not added"
        assert index not in self._done, f"item {index} was done before"
        added = self._items[index]
        for field in ("id", "type"):
            assert item.get(field) == added.get(field), f"its {field} was {added.get(field)!r} when it was added"
        open_parts = [key for key, is_open in self._parts.items() if is_open and key[0] == item.get("id")]
        assert not open_parts, f"parts are still open: {open_parts}"
        unfinished = [key for key in self._texts if key[0] == item.get("id")]
        assert not unfinished, f"deltas without a done: {unfinished}"
        self._done[index] = item

    def _change_item(self, kind: str, event: dict[str, Any]) -> None:
        index = event["output_index"]
        assert index in self._items, f"item {index} was not added"
        assert index not in self._done, f"item {index} is done"
        assert self._items[index].get("id") == event["item_id"], "item_id and output_index name different items"
        subject, _, action = kind.rpartition(".")
        summary = "summary" in subject
        position = event.get("summary_index" if summary else "content_index", 0)
        part = (event["item_id"], position, "summary" if summary else "content")
        if subject.endswith("_part"):
            assert self._parts.get(part) is (None if action == "added" else True), (
                f"part {position} is in a wrong state"
            )
            self._parts[part] = action == "added"
        elif subject in _TEXTS:
            assert "arguments" in subject or self._parts.get(part), f"part {position} is not open"
            self._change_text(subject, action, event, position)

    def _change_text(self, subject: str, action: str, event: dict[str, Any], position: int) -> None:
        key = (event["item_id"], subject, position)
        if action == "delta":
            self._texts.setdefault(key, []).append(event["delta"])
            return
        joined, done = "".join(self._texts.pop(key, ())), event[_TEXTS[subject]]
        assert joined == done, f"its deltas say {joined!r}, but it says {done!r}"

    def _end(self, response: dict[str, Any], status: str) -> None:
        assert response["id"] == self._response_id, "the response's id changed"
        assert response["status"] == status, f"the response is {response['status']}"
        not_done = sorted(self._items.keys() - self._done.keys())
        assert not not_done, f"items {not_done} were not done"
        expected = [item for _, item in sorted(self._done.items())]
        assert response["output"] == expected, "the response's output differs from the finished items"
        self.response = response
