"""Anthropic's messages wire (https://platform.claude.com/docs/en/build-with-claude/streaming)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from spanloom.testing.provider.deltas import Part, reply_deltas
from spanloom.testing.provider.frames import Frame, event_frame
from spanloom.testing.provider.message_error import message_error
from spanloom.testing.provider.message_object import content_blocks, message_usage, stop_reason
from spanloom.testing.provider.replies import ErrorReply, Reply

__all__ = ["MessagesAnswer"]

_EMPTY: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}


class MessagesAnswer:
    """One reply as a message."""

    def __init__(self, reply: Reply, body: Mapping[str, Any]) -> None:
        self._reply = reply
        self._deltas = list(reply_deltas(reply))
        self._usage = message_usage(reply, body)
        self._blocks = content_blocks(reply)
        self._envelope = {
            "id": f"msg_{uuid4().hex[:24]}",
            "type": "message",
            "role": "assistant",
            "model": reply.model or body["model"],
        }
        self._end = {"stop_reason": stop_reason(reply), "stop_sequence": None}

    def whole(self) -> dict[str, Any]:
        """The finished `message` object."""
        return {**self._envelope, "content": self._blocks, **self._end, "usage": self._usage}

    def frames(self) -> Iterator[Frame]:
        """The events of the whole message; a `ping` follows the first as on the real wire."""
        # The number of output tokens is not known yet: the wire begins with a one.
        usage = {**self._usage, "output_tokens": 1, "output_tokens_details": None}
        end = dict.fromkeys(self._end)
        yield _event("message_start", message={**self._envelope, "content": [], **end, "usage": usage})
        yield _event("ping")
        calls = [index for index, block in enumerate(self._blocks) if block["type"] == "tool_use"]
        for index, part in enumerate(self._prose()):
            yield from self._prose_block(index, part)
        yield from self._calls(calls)
        usage = {name: number for name, number in self._usage.items() if name != "service_tier"}
        yield _event("message_delta", delta=self._end, usage=usage)
        yield _event("message_stop")

    def failure(self, error: ErrorReply) -> Iterator[Frame]:
        """An `error` event; no `message_stop` follows."""
        yield event_frame(message_error(error), name="error")

    def _prose(self) -> list[Part]:
        reply = self._reply
        texts: tuple[tuple[Part, str | None], ...] = (
            ("reasoning", reply.reasoning),
            ("text", reply.text),
            ("refusal", reply.refusal),
        )
        return [part for part, text in texts if text is not None]

    def _prose_block(self, index: int, part: Part) -> Iterator[Frame]:
        yield self._block_start(index)
        kind = "thinking" if part == "reasoning" else "text"
        for delta in self._deltas:
            if delta.part == part:
                yield _delta(index, {"type": f"{kind}_delta", kind: delta.text}, is_delta=True)
        if part == "reasoning":
            yield _delta(index, {"type": "signature_delta", "signature": self._blocks[index]["signature"]})
        yield _event("content_block_stop", index=index)

    def _calls(self, calls: list[int]) -> Iterator[Frame]:
        if not self._reply.interleave:
            for number, index in enumerate(calls):
                yield self._block_start(index)
                for delta in self._deltas:
                    if delta.part == "arguments" and delta.call == number:
                        yield _fragment(index, delta.text)
                yield _event("content_block_stop", index=index)
            return
        for index in calls:
            yield self._block_start(index)
        for delta in self._deltas:
            if delta.part == "arguments":
                yield _fragment(calls[delta.call], delta.text)
        for index in calls:
            yield _event("content_block_stop", index=index)

    def _block_start(self, index: int) -> Frame:
        block = self._blocks[index]
        return _event("content_block_start", index=index, content_block={**block, **_EMPTY[block["type"]]})


def _fragment(index: int, text: str) -> Frame:
    return _delta(index, {"type": "input_json_delta", "partial_json": text}, is_delta=True)


def _delta(index: int, delta: dict[str, Any], *, is_delta: bool = False) -> Frame:
    return _event("content_block_delta", is_delta=is_delta, index=index, delta=delta)


def _event(type_: str, *, is_delta: bool = False, **fields: Any) -> Frame:
    return event_frame({"type": type_, **fields}, name=type_, is_delta=is_delta)
