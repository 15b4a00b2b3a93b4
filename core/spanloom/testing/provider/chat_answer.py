"""The chat completions wire (https://platform.openai.com/docs/api-reference/chat)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from spanloom.testing.provider.deltas import Delta, arguments_text, count_usage, reply_deltas
from spanloom.testing.provider.frames import Frame, event_frame
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.wire_error import error_body

__all__ = ["ChatAnswer"]

_DELTA_KEYS = {"reasoning": "reasoning_content", "text": "content", "refusal": "refusal"}


class ChatAnswer:
    """One reply as a chat completion."""

    def __init__(self, reply: Reply, body: Mapping[str, Any]) -> None:
        self._reply = reply
        self._usage = _usage(reply, body)
        self._call_ids = [call.id or f"call_{uuid4().hex[:24]}" for call in reply.tool_calls]
        options = body.get("stream_options")
        self._include_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._envelope = {
            "id": f"chatcmpl-{uuid4().hex}",
            "created": int(time.time()),
            "model": reply.model or body["model"],
            "service_tier": "default",
            "system_fingerprint": None,
        }

    def whole(self) -> dict[str, Any]:
        """The `chat.completion` object."""
        choice = {
            "index": 0,
            "message": self._message(),
            "logprobs": None,
            "finish_reason": self._reply.finished_with,
        }
        return {**self._envelope, "object": "chat.completion", "choices": [choice], "usage": self._usage}

    def frames(self) -> Iterator[Frame]:
        """The `chat.completion.chunk` objects, then `[DONE]`."""
        yield self._chunk({"role": "assistant", "content": "" if self._reply.text else None, "refusal": None})
        announced = 0
        for delta in reply_deltas(self._reply):
            if delta.part == "arguments":
                # A call is announced right before its first fragment; `interleave` may announce several in a row.
                for index in range(announced, delta.call + 1):
                    yield self._chunk(self._announce(index))
                announced = max(announced, delta.call + 1)
            yield self._chunk(_fields(delta), is_delta=True)
        for index in range(announced, len(self._call_ids)):
            yield self._chunk(self._announce(index))
        yield self._chunk({}, finish_reason=self._reply.finished_with)
        if self._include_usage:
            yield event_frame({**self._chunk_envelope(), "choices": [], "usage": self._usage})
        yield Frame(b"data: [DONE]\n\n")

    def failure(self, error: ErrorReply) -> Iterator[Frame]:
        """An error object in place of a chunk; no `[DONE]` follows."""
        yield event_frame(error_body(error))

    def _message(self) -> dict[str, Any]:
        reply = self._reply
        message: dict[str, Any] = {
            "role": "assistant",
            "content": reply.text,
            "refusal": reply.refusal,
            "annotations": [],
        }
        if reply.reasoning is not None:
            message["reasoning_content"] = reply.reasoning
        if reply.tool_calls:
            message["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": arguments_text(call)},
                }
                for call_id, call in zip(self._call_ids, reply.tool_calls, strict=True)
            ]
        return message

    def _announce(self, index: int) -> dict[str, Any]:
        function = {"name": self._reply.tool_calls[index].name, "arguments": ""}
        call = {"index": index, "id": self._call_ids[index], "type": "function", "function": function}
        return {"tool_calls": [call]}

    def _chunk_envelope(self) -> dict[str, Any]:
        return {**self._envelope, "object": "chat.completion.chunk"}

    def _chunk(self, fields: Mapping[str, Any], *, finish_reason: str | None = None, is_delta: bool = False) -> Frame:
        choice = {"index": 0, "delta": fields, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._chunk_envelope(), "choices": [choice]}
        if self._include_usage:
            chunk["usage"] = None
        return event_frame(chunk, is_delta=is_delta)


def _fields(delta: Delta) -> dict[str, Any]:
    if delta.part == "arguments":
        return {"tool_calls": [{"index": delta.call, "function": {"arguments": delta.text}}]}
    return {_DELTA_KEYS[delta.part]: delta.text}


def _usage(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    usage = count_usage(reply, body)
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
