"""The `response` object and its items (https://platform.openai.com/docs/api-reference/responses/object)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from spanloom.testing.provider.deltas import arguments_text, count_usage
from spanloom.testing.provider.replies import Reply

__all__ = ["INCOMPLETE_REASONS", "output_items", "response_envelope", "response_usage", "text_part"]

INCOMPLETE_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response_envelope(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that stay the same from `response.created` to the end; most repeat the request."""
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "error": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": body.get("metadata") or {},
        "model": reply.model or body["model"],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": [_tool(tool) for tool in body.get("tools") or []],
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation") or "disabled",
        "user": body.get("user"),
    }


def output_items(reply: Reply) -> list[dict[str, Any]]:
    """The finished items in the order of the output: reasoning, message, tool calls."""
    status = "incomplete" if reply.finished_with in INCOMPLETE_REASONS else "completed"
    items: list[dict[str, Any]] = []
    if reply.reasoning is not None:
        summary = [{"type": "summary_text", "text": reply.reasoning}]
        items.append({"id": f"rs_{uuid4().hex}", "type": "reasoning", "summary": summary})
    content = []
    if reply.text is not None:
        content.append(text_part(reply.text))
    if reply.refusal is not None:
        content.append({"type": "refusal", "refusal": reply.refusal})
    if content:
        message = {"id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant"}
        items.append({**message, "status": status, "content": content})
    items.extend(
        {
            "id": f"fc_{uuid4().hex}",
            "type": "function_call",
            "status": status,
            "call_id": call.id or f"call_{uuid4().hex[:24]}",
            "name": call.name,
            "arguments": arguments_text(call),
        }
        for call in reply.tool_calls
    )
    return items


def text_part(text: str) -> dict[str, Any]:
    """A text of a message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def response_usage(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """The `usage` of the finished response."""
    usage = count_usage(reply, body)
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if tool.get("type") != "function":
        return tool
    # A function may leave these out of the request, and the API fills them in.
    return {"description": None, "parameters": None, "strict": True, **tool}
