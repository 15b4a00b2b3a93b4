"""The responses wire (https://platform.openai.com/docs/api-reference/responses-streaming)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spanloom.testing.provider.deltas import Part, reply_deltas
from spanloom.testing.provider.frames import Frame, event_frame
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.response_object import (
    INCOMPLETE_REASONS,
    output_items,
    response_envelope,
    response_usage,
    text_part,
)

__all__ = ["ResponsesAnswer"]

_RATE_LIMIT = 429


class ResponsesAnswer:
    """One reply as a response."""

    def __init__(self, reply: Reply, body: Mapping[str, Any]) -> None:
        self._reply = reply
        self._deltas = list(reply_deltas(reply))
        self._envelope = response_envelope(reply, body)
        self._usage = response_usage(reply, body)
        self._items = output_items(reply)
        self._done: dict[int, dict[str, Any]] = {}
        self._sequence = 0

    def whole(self) -> dict[str, Any]:
        """The finished `response` object."""
        reason = INCOMPLETE_REASONS.get(self._reply.finished_with)
        return {
            **self._envelope,
            "status": "incomplete" if reason else "completed",
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self._items,
            "usage": self._usage,
        }

    def frames(self) -> Iterator[Frame]:
        """The events of the whole response, numbered from 0."""
        opening = {
            **self._envelope,
            "status": "in_progress",
            "incomplete_details": None,
            "output": [],
            "usage": None,
        }
        yield self._event("response.created", response=opening)
        yield self._event("response.in_progress", response=opening)
        calls = []
        for index, item in enumerate(self._items):
            if item["type"] == "reasoning":
                yield from self._reasoning(index, item)
            elif item["type"] == "message":
                yield from self._message(index, item)
            else:
                calls.append((index, item))
        yield from self._calls(calls)
        whole = self.whole()
        yield self._event(f"response.{whole['status']}", response=whole)

    def failure(self, error: ErrorReply) -> Iterator[Frame]:
        """An `error` event, then `response.failed` with the items that were done."""
        code = error.code or ("rate_limit_exceeded" if error.status == _RATE_LIMIT else "server_error")
        yield self._event("error", code=code, message=error.message, param=error.param)
        failed = {
            **self._envelope,
            "status": "failed",
            "error": {"code": code, "message": error.message},
            "incomplete_details": None,
            "output": [self._done[index] for index in sorted(self._done)],
            "usage": None,
        }
        yield self._event("response.failed", response=failed)

    def _reasoning(self, index: int, item: dict[str, Any]) -> Iterator[Frame]:
        yield self._item_added(index, {**item, "summary": []})
        part = item["summary"][0]
        place = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        yield self._event("response.reasoning_summary_part.added", **place, part={**part, "text": ""})
        for text in self._texts("reasoning"):
            yield self._event("response.reasoning_summary_text.delta", is_delta=True, **place, delta=text)
        yield self._event("response.reasoning_summary_text.done", **place, text=part["text"])
        yield self._event("response.reasoning_summary_part.done", **place, part=part)
        yield self._item_done(index, item)

    def _message(self, index: int, item: dict[str, Any]) -> Iterator[Frame]:
        yield self._item_added(index, {**item, "status": "in_progress", "content": []})
        for content_index, part in enumerate(item["content"]):
            place = {"item_id": item["id"], "output_index": index, "content_index": content_index}
            yield from self._text_part(place, part) if "text" in part else self._refusal_part(place, part)
        yield self._item_done(index, item)

    def _text_part(self, place: dict[str, Any], part: dict[str, Any]) -> Iterator[Frame]:
        yield self._event("response.content_part.added", **place, part=text_part(""))
        for text in self._texts("text"):
            yield self._event("response.output_text.delta", is_delta=True, **place, delta=text, logprobs=[])
        yield self._event("response.output_text.done", **place, text=part["text"], logprobs=[])
        yield self._event("response.content_part.done", **place, part=part)

    def _refusal_part(self, place: dict[str, Any], part: dict[str, Any]) -> Iterator[Frame]:
        yield self._event("response.content_part.added", **place, part={**part, "refusal": ""})
        for text in self._texts("refusal"):
            yield self._event("response.refusal.delta", is_delta=True, **place, delta=text)
        yield self._event("response.refusal.done", **place, refusal=part["refusal"])
        yield self._event("response.content_part.done", **place, part=part)

    def _calls(self, calls: list[tuple[int, dict[str, Any]]]) -> Iterator[Frame]:
        if not self._reply.interleave:
            for number, (index, item) in enumerate(calls):
                yield self._call_added(index, item)
                for delta in self._deltas:
                    if delta.part == "arguments" and delta.call == number:
                        yield self._call_delta(index, item, delta.text)
                yield from self._call_done(index, item)
            return
        for index, item in calls:
            yield self._call_added(index, item)
        for delta in self._deltas:
            if delta.part == "arguments":
                yield self._call_delta(*calls[delta.call], delta.text)
        for index, item in calls:
            yield from self._call_done(index, item)

    def _call_added(self, index: int, item: dict[str, Any]) -> Frame:
        return self._item_added(index, {**item, "status": "in_progress", "arguments": ""})

    def _call_delta(self, index: int, item: dict[str, Any], text: str) -> Frame:
        return self._event(
            "response.function_call_arguments.delta",
            is_delta=True,
            item_id=item["id"],
            output_index=index,
            delta=text,
        )

    def _call_done(self, index: int, item: dict[str, Any]) -> Iterator[Frame]:
        yield self._event(
            "response.function_call_arguments.done",
            item_id=item["id"],
            output_index=index,
            name=item["name"],
            arguments=item["arguments"],
        )
        yield self._item_done(index, item)

    def _item_added(self, index: int, item: dict[str, Any]) -> Frame:
        return self._event("response.output_item.added", output_index=index, item=item)

    def _item_done(self, index: int, item: dict[str, Any]) -> Frame:
        self._done[index] = item
        return self._event("response.output_item.done", output_index=index, item=item)

    def _texts(self, part: Part) -> Iterator[str]:
        return (delta.text for delta in self._deltas if delta.part == part)

    def _event(self, type_: str, *, is_delta: bool = False, **fields: Any) -> Frame:
        event = {"type": type_, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return event_frame(event, name=type_, is_delta=is_delta)
