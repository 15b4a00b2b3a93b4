"""Responses and their event streams as chat completions, for clients that know only those.

What an agent did by itself (its tool calls with their outputs) does not show; calls that wait for an output of the
client's do. https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from spanloom.schemas.stream_event import TERMINAL_EVENTS, ResponsesAgentStreamEvent

__all__ = ["ChatCompletionChunker", "response_to_chat_completion"]

Chunks = list[dict[str, Any]]

_BETWEEN_MESSAGES = "\n\n"
_FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}
_REASONING = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})


def response_to_chat_completion(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response body as the body of a chat completion.

    Example:
        >>> message = {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}
        >>> response_to_chat_completion({"model": "m", "output": [message]})["choices"][0]["message"]["content"]
        'hi'
    """
    message: dict[str, Any] = {"role": "assistant", "content": _text(response), "refusal": _refusal(response)}
    reasoning = _reasoning(response)
    if reasoning:
        message["reasoning_content"] = reasoning
    annotations = _annotations(response)
    if annotations:
        message["annotations"] = annotations
    calls = _waiting_calls(response)
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(response, calls)}
    body = {**_head(response.get("model"), "chat.completion"), "choices": [choice], "usage": _usage(response)}
    return _with_custom_outputs(body, response)


class ChatCompletionChunker:
    """Turns the events of a response stream into the chunks of a streamed chat completion.

    Args:
        model: The model that the chunks name.
        include_usage: Whether a last chunk without choices tells the usage (`stream_options.include_usage`).
    """

    __slots__ = ("_head", "_include_usage", "_last_item", "_started")

    def __init__(self, model: str | None, *, include_usage: bool = False) -> None:
        self._head = _head(model, "chat.completion.chunk")
        self._include_usage = include_usage
        self._started = False
        self._last_item: str | None = None

    def add(self, event: ResponsesAgentStreamEvent) -> Chunks:
        """Take in the next event and return the chunks to send."""
        if event.type == "response.output_text.delta":
            between = _BETWEEN_MESSAGES if self._last_item not in {None, event.item_id} else ""
            self._last_item = event.item_id
            return [self._chunk({"content": between + event.delta})]
        if event.type == "response.refusal.delta":
            return [self._chunk({"refusal": event.delta})]
        if event.type in _REASONING:
            return [self._chunk({"reasoning_content": event.delta})]
        return self._end(event.response) if event.type in TERMINAL_EVENTS else []

    def _end(self, response: dict[str, Any]) -> Chunks:
        calls = _waiting_calls(response)
        chunks = [self._chunk({"tool_calls": [{"index": place, **call}]}) for place, call in enumerate(calls)]
        last = self._chunk({}, _finish_reason(response, calls))
        chunks.append(_with_custom_outputs(last, response))
        if self._include_usage:
            chunks.append({**self._head, "choices": [], "usage": _usage(response)})
        return chunks

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        if not self._started:
            self._started = True
            delta = {"role": "assistant", **delta}
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._head, "choices": [choice]}
        return {**chunk, "usage": None} if self._include_usage else chunk


def _head(model: str | None, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model or ""}


def _with_custom_outputs(body: dict[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    outputs = response.get("custom_outputs")
    return {**body, "custom_outputs": outputs} if outputs else body


def _parts(response: Mapping[str, Any], kind: str) -> list[list[dict[str, Any]]]:
    messages = (item for item in response.get("output") or () if item.get("type") == "message")
    found = ([part for part in message["content"] if part.get("type") == kind] for message in messages)
    return [parts for parts in found if parts]


def _text(response: Mapping[str, Any]) -> str | None:
    texts = ("".join(part["text"] for part in parts) for parts in _parts(response, "output_text"))
    return _BETWEEN_MESSAGES.join(text for text in texts if text) or None


def _refusal(response: Mapping[str, Any]) -> str | None:
    return "".join(part["refusal"] for parts in _parts(response, "refusal") for part in parts) or None


def _reasoning(response: Mapping[str, Any]) -> str:
    thoughts = (item for item in response.get("output") or () if item.get("type") == "reasoning")
    parts = (part for item in thoughts for part in (item.get("summary") or item.get("content") or ()))
    return "".join(part.get("text") or "" for part in parts)


def _annotations(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (
        note
        for parts in _parts(response, "output_text")
        for part in parts
        for note in part.get("annotations") or ()
        if note.get("type") == "url_citation"
    )
    return [
        {"type": "url_citation", "url_citation": {name: note[name] for name in note if name != "type"}}
        for note in found
    ]


def _waiting_calls(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    output = response.get("output") or ()
    answered = {item["call_id"] for item in output if item.get("type") == "function_call_output"}
    calls = [item for item in output if item.get("type") in {"function_call", "mcp_approval_request"}]
    return [
        {
            "id": item.get("call_id") or item["id"],
            "type": "function",
            "function": {"name": item["name"], "arguments": item["arguments"]},
        }
        for item in calls
        if item.get("call_id") not in answered
    ]


def _finish_reason(response: Mapping[str, Any], calls: list[dict[str, Any]]) -> str:
    reason = (response.get("incomplete_details") or {}).get("reason")
    if reason in _FINISH_REASONS:
        return _FINISH_REASONS[reason]
    return "tool_calls" if calls else "stop"


def _usage(response: Mapping[str, Any]) -> dict[str, Any] | None:
    usage = response.get("usage")
    if not usage:
        return None
    given, produced = usage.get("input_tokens_details") or {}, usage.get("output_tokens_details") or {}
    return {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
        "prompt_tokens_details": {"cached_tokens": given.get("cached_tokens") or 0},
        "completion_tokens_details": {"reasoning_tokens": produced.get("reasoning_tokens") or 0},
    }
