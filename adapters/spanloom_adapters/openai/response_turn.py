"""The events of another response stream, written into this response.

Takes the events of OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses-streaming) as
models or dicts, and the short form that authors of agents use: text deltas, and each item when it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent, new_event

__all__ = ["ResponseTurn", "body_of", "text_of"]

Events = list[ResponsesAgentStreamEvent]

_BUILT = frozenset({"message", "reasoning"})
"""Items that begin with their first delta; what was announced without any comes whole when it is done."""
_OURS = frozenset({"type", "sequence_number", "item_id", "output_index"})


class _Open:
    """An item that has begun: of which type it is, and what it says so far."""

    __slots__ = ("chunks", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.chunks: list[str] = []


class ResponseTurn:
    """Takes the events of one native response and returns those to send.

    Items keep their ids (providers want them back), unless two of them have the same.

    Attributes:
        usage: The tokens, as the response tells them; `None` while it did not.
        incomplete_reason: Why the response is incomplete, if it is.
        error: `code` and `message` of the provider, if it failed.
        custom_outputs: Those of a standard agent, if one speaks.
        ended: Whether the terminal event has come.
    """

    def __init__(self, response: ResponseStreamBuilder) -> None:
        self.usage: dict[str, Any] | None = None
        self.incomplete_reason: str | None = None
        self.error: dict[str, Any] | None = None
        self.custom_outputs: dict[str, Any] = {}
        self.ended = False
        self._response = response
        self._open: dict[object, _Open] = {}
        self._names: dict[object, str] = {}
        self._used = {item["id"] for item in response.output if "id" in item}
        self._empty = True

    def add(self, event: Any) -> Events:
        """Take the next event; those that say nothing new are ignored."""
        if isinstance(event, Mapping):
            event = new_event(**event)
        handler: Callable[[Any, Any], Events] = self._handlers.get(event.type, ResponseTurn._progress)
        return handler(self, event)

    def end_turn(self) -> Events:
        """Finish what is still open, at the end of a stream that did not say so."""
        return [event for key in list(self._open) for event in self._close(key)]

    def _text(self, event: Any) -> Events:
        key, item_id = self._said(event, "message")
        return self._response.text(event.delta, key, item_id, self._names.get(key))

    def _refusal(self, event: Any) -> Events:
        return self._response.refusal(event.delta, *self._said(event, "message"))

    def _reasoning(self, event: Any) -> Events:
        return self._response.reasoning(event.delta, *self._said(event, "reasoning"))

    def _said(self, event: Any, kind: str) -> tuple[object, str | None]:
        """Take note of a delta; return the key of its item, and the id of one that begins with it."""
        key, item_id = _key(event), None
        item = self._open.get(key)
        if item is None:
            item, item_id = self._begin(key, kind), self._fresh(event.item_id)
        item.chunks.append(event.delta)
        return key, item_id

    def _paragraph(self, event: Any) -> Events:
        key = _key(event)
        return self._response.reasoning_paragraph(key) if key in self._open else []

    def _annotation(self, event: Any) -> Events:
        key = _key(event)
        return self._response.annotation(body_of(event.annotation), key) if key in self._open else []

    def _added(self, event: Any) -> Events:
        body, key = body_of(event.item), _key(event)
        events = self._close(key)
        kind = body.get("type", "")
        if kind in _BUILT:
            if body.get("name"):
                self._names[key] = body["name"]
            return events
        item_id = self._fresh(body.get("id"))
        if kind == "function_call":
            self._begin(key, kind)
            return events + self._response.function_call(key, body["call_id"], body["name"], item_id=item_id)
        if item_id is not None:
            self._begin(key, kind)
            return events + self._response.begin_item(key, body)
        return events

    def _arguments(self, event: Any) -> Events:
        key = _key(event)
        item = self._open.get(key)
        if item is None or item.kind != "function_call":
            return []
        item.chunks.append(event.delta)
        return self._response.function_call_arguments(key, event.delta)

    def _progress(self, event: Any) -> Events:
        """Pass on what a hosted tool tells about its call; what says nothing new is left out."""
        key = _key(event)
        item = self._open.get(key)
        if item is None or item.kind in _BUILT or item.kind == "function_call":
            return []
        fields = {name: value for name, value in body_of(event).items() if name not in _OURS}
        return self._response.progress(key, event.type, **fields)

    def _done(self, event: Any) -> Events:
        return self._finish(body_of(event.item), _key(event))

    def _error(self, event: Any) -> Events:
        self.error = self.error or {"code": event.code, "message": event.message}
        return []

    def _end(self, event: Any) -> Events:
        body = body_of(event.response)
        self.ended = True
        self.usage = body.get("usage")
        self.incomplete_reason = (body.get("incomplete_details") or {}).get("reason")
        self.error = self.error or body.get("error")
        self.custom_outputs = body.get("custom_outputs") or {}
        # An answer from a cache may come in this one event.
        whole = (body.get("output") or ()) if self._empty else ()
        return [event for item in whole for event in self._finish(dict(item), object())] + self.end_turn()

    def _begin(self, key: object, kind: str) -> _Open:
        self._empty = False
        item = self._open[key] = _Open(kind)
        return item

    def _finish(self, body: dict[str, Any], key: object) -> Events:
        self._empty = False
        item, kind = self._open.get(key), body.get("type")
        if item is None and kind == "message":
            key = self._same_text(text_of(body), key)
            item = self._open.get(key)
        if item is None or item.kind != kind:
            if self._fresh(body.get("id")) is None:
                body.pop("id", None)
            return self._close(key) + self._response.item(body)
        events: Events = []
        if kind == "function_call" and not item.chunks and body["arguments"]:
            events = self._response.function_call_arguments(key, body["arguments"])
        del self._open[key]
        fields = {name: value for name, value in body.items() if name not in {"id", "type", "status"}}
        return events + self._response.finish_item(key, body.get("status") or "completed", **fields)

    def _same_text(self, text: str, key: object) -> object:
        """Return the key of the open message that says the same: some streams change a message's id midway."""
        for other, item in self._open.items():
            if item.kind == "message" and "".join(item.chunks) == text:
                return other
        return key

    def _close(self, key: object) -> Events:
        item = self._open.pop(key, None)
        if item is None:
            return []
        cut_short = self.incomplete_reason is not None or self.error is not None
        return self._response.finish_item(key, "incomplete" if cut_short else "completed")

    def _fresh(self, item_id: str | None) -> str | None:
        """Return the id if no other item has it."""
        if item_id is None or item_id in self._used:
            return None
        self._used.add(item_id)
        return item_id

    _handlers: ClassVar[dict[str, Callable[[Any, Any], Events]]] = {
        "response.output_text.delta": _text,
        "response.output_text.annotation.added": _annotation,
        "response.refusal.delta": _refusal,
        "response.reasoning_summary_text.delta": _reasoning,
        "response.reasoning_text.delta": _reasoning,
        "response.reasoning_summary_part.added": _paragraph,
        "response.function_call_arguments.delta": _arguments,
        "response.output_item.added": _added,
        "response.output_item.done": _done,
        "response.completed": _end,
        "response.incomplete": _end,
        "response.failed": _end,
        "error": _error,
    }


def body_of(value: Any) -> dict[str, Any]:
    """Return a model of any library as its wire dict, and a dict as a new one."""
    if isinstance(value, BaseModel):
        # Providers send values that the models do not know; those pass without a warning.
        return value.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
    return dict(value)


def _key(event: Any) -> object:
    """Return what tells the items of one stream apart: their index, or else their id."""
    index = getattr(event, "output_index", None)
    if index is not None:
        return index
    item_id = getattr(event, "item_id", None)
    if item_id is not None:
        return item_id
    item = getattr(event, "item", None)
    return item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)


def text_of(item: dict[str, Any]) -> str:
    """Return what a message says: its text, or its refusal."""
    content = item["content"]
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)
