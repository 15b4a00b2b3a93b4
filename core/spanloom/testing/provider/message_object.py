"""The `message` object and its blocks (https://platform.claude.com/docs/en/api/messages)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from spanloom.testing.provider.deltas import count_usage
from spanloom.testing.provider.replies import Reply, ToolCall

__all__ = ["content_blocks", "message_usage", "stop_reason"]

_STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def content_blocks(reply: Reply) -> list[dict[str, Any]]:
    """The finished blocks in the order of the content: thinking, text, refusal, tool calls."""
    blocks: list[dict[str, Any]] = []
    if reply.reasoning is not None:
        blocks.append({"type": "thinking", "thinking": reply.reasoning, "signature": f"sig_{uuid4().hex}"})
    # What the model says when it refuses is a text like any other: the stop reason tells it from an answer.
    blocks.extend({"type": "text", "text": text} for text in (reply.text, reply.refusal) if text is not None)
    blocks.extend(
        {"type": "tool_use", "id": call.id or f"toolu_{uuid4().hex[:24]}", "name": call.name, "input": _input(call)}
        for call in reply.tool_calls
    )
    return blocks


def _input(call: ToolCall) -> Any:
    if not isinstance(call.arguments, str):
        return dict(call.arguments)
    try:
        return json.loads(call.arguments)
    except ValueError:
        return call.arguments


def stop_reason(reply: Reply) -> str:
    """Why the model stopped."""
    if reply.refusal is not None and reply.finish_reason is None:
        return "refusal"
    return _STOP_REASONS[reply.finished_with]


def message_usage(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """The `usage` of the finished message; its `input_tokens` leave out what the cache was read or written for."""
    usage = count_usage(reply, body)
    return {
        "input_tokens": usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
        "service_tier": "standard",
    }
