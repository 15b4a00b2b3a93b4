"""Folds a stream of response events into the response it describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.schemas.reduce_item import UnfinishedItem
from spanloom.schemas.responses import ResponsesAgentResponse, validate_response
from spanloom.schemas.stream_event import TERMINAL_EVENTS, ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain

__all__ = ["StreamReducer", "reduce_stream"]

_LIFECYCLE = frozenset({"response.created", "response.queued", "response.in_progress"})
_MAX_WAITING = 1000
"""So many events are kept at most, however long the stream."""
_ITEM_TYPES = {
    "response.output_text": "message",
    "response.refusal": "message",
    "response.content_part": "message",
    "response.output_text.annotation": "message",
    "response.reasoning_text": "reasoning",
    "response.reasoning_summary_text": "reasoning",
    "response.reasoning_summary_part": "reasoning",
    "response.function_call_arguments": "function_call",
}


def reduce_stream(events: Iterable[ResponsesAgentStreamEvent | Mapping[str, Any]]) -> ResponsesAgentResponse:
    """Return the response that a finished stream describes.

    The terminal event's response is used where there is one. Without it the finished items are collected,
    and text, refusals, arguments and summaries whose `done` never came are put together from their deltas
    (a function call only if its `added` told the name and the `call_id`).

    Raises:
        SchemaError: The items do not fit the schema.

    Example:
        >>> reduce_stream([{"type": "response.output_text.delta", "item_id": "m", "delta": "hi"}]).output_text
        'hi'
    """
    reducer = StreamReducer()
    for event in events:
        reducer.add(event)
    return validate_response(reducer.body())


class StreamReducer:
    """The same one event at a time; `body` may be asked for at any moment, also in the middle of a stream."""

    __slots__ = (
        "_by_id",
        "_by_index",
        "_count",
        "_custom_outputs",
        "_error",
        "_finished",
        "_items",
        "_response",
        "_waiting",
    )

    def __init__(self) -> None:
        self._waiting: list[ResponsesAgentStreamEvent] = []
        self._items: list[UnfinishedItem] = []
        self._by_id: dict[str, UnfinishedItem] = {}
        self._by_index: dict[int, UnfinishedItem] = {}
        self._count = 0
        self._response: dict[str, Any] = {}
        self._finished = False
        self._error: dict[str, Any] | None = None
        self._custom_outputs: dict[str, Any] = {}

    def add(self, event: ResponsesAgentStreamEvent | Mapping[str, Any] | BaseModel) -> None:
        """Take in the next event; events of unknown types are ignored."""
        if isinstance(event, ResponsesAgentStreamEvent):
            # Most streams end with the whole response: then nobody needs what the events before it say.
            self._waiting.append(event)
            if len(self._waiting) >= _MAX_WAITING:
                self._take_waiting()
        else:
            self._take_waiting()
            self._take(event)

    def _take_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and waiting[-1].type in TERMINAL_EVENTS and waiting[-1].response.get("output"):
            for event in waiting[:-1]:
                self._custom_outputs.update(event.custom_outputs or {})
            waiting = waiting[-1:]
        for event in waiting:
            self._take(event)

    def _take(self, event: ResponsesAgentStreamEvent | Mapping[str, Any] | BaseModel) -> None:
        fields: Mapping[str, Any]
        if isinstance(event, ResponsesAgentStreamEvent):
            kind, fields, custom_outputs = event.type, event.model_extra or {}, event.custom_outputs
        else:
            fields = plain(event)
            kind, custom_outputs = fields["type"], fields.get("custom_outputs")
        if custom_outputs:
            self._custom_outputs.update(custom_outputs)
        subject, _, action = kind.rpartition(".")
        item_type = _ITEM_TYPES.get(subject)
        if item_type is not None:
            self._find(fields.get("item_id"), fields.get("output_index"), item_type).change(subject, action, fields)
        elif subject == "response.output_item":
            self._add_item(plain(fields.get("item")) or {}, fields.get("output_index"), done=action == "done")
        elif kind in _LIFECYCLE or kind in TERMINAL_EVENTS:
            self._response = dict(plain(fields.get("response")) or {})
            self._finished = kind in TERMINAL_EVENTS
        elif kind == "error":
            message = fields.get("message") or "the stream failed"
            self._error = {"code": fields.get("code") or "server_error", "message": message}

    def _add_item(self, body: dict[str, Any], index: int | None, *, done: bool) -> None:
        item = self._find(body.get("id"), index, str(body.get("type")))
        if item.done is not None:  # MLflow's converter gives parallel function calls one id
            item = self._new(body.get("id"), index, str(body.get("type")))
        if not done:
            item.started = body
            return
        item.done = body
        if item.started is None:
            item.order = self._next()
            self._drop_deltas_under_other_ids(item)

    def _drop_deltas_under_other_ids(self, message: UnfinishedItem) -> None:
        # Short-form authors often pass on a provider's changing chunk ids: the same text must not come twice.
        others = [item for item in self._items if item.done is None and item.started is None and item.parts]
        if others and "".join(item.text() for item in [*others, message]) == message.done_text():
            self._items = [item for item in self._items if item not in others]

    def _find(self, item_id: str | None, index: int | None, item_type: str) -> UnfinishedItem:
        item = self._by_id.get(item_id) if item_id is not None else None
        if item is None and index is not None:
            item = self._by_index.get(index)
        return item or self._new(item_id, index, item_type)

    def _new(self, item_id: str | None, index: int | None, item_type: str) -> UnfinishedItem:
        item = UnfinishedItem(item_type, item_id, index, self._next())
        self._items.append(item)
        if item_id is not None:
            self._by_id[item_id] = item
        if index is not None:
            self._by_index[index] = item
        return item

    def _next(self) -> int:
        self._count += 1
        return self._count

    def body(self) -> dict[str, Any]:
        """Return the response so far as a wire dict."""
        self._take_waiting()
        body = {"object": "response", **self._response}
        if not (self._finished and body.get("output")):
            body["output"] = self._output()
        if self._error is not None and not self._finished:
            body.update(status="failed", error=self._error)
        elif self._response and not self._finished:
            body["status"] = "incomplete"
        if self._custom_outputs:
            body["custom_outputs"] = {**self._custom_outputs, **(body.get("custom_outputs") or {})}
        return body

    def _output(self) -> list[dict[str, Any]]:
        indexed = all(item.index is not None for item in self._items)
        ordered = sorted(self._items, key=lambda item: (item.index if indexed else item.order) or 0)
        bodies = (item.body() for item in ordered)
        return [body for body in bodies if body is not None]
