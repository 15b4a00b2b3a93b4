"""What a call returned: a message, a raw response around one, or what the events of a stream came to."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field
from spanloom_autolog.clients.results import response_facts

__all__ = ["answer", "outputs", "result_attributes", "unwrap", "usage"]


def unwrap(call: Call, result: Any) -> Any:
    """Return what `with_raw_response` wraps; its `parse()` keeps the object, so that the caller gets the same one.

    `with_streaming_response` is left alone: reading its body is up to the caller.
    """
    from anthropic import AnthropicError
    from anthropic._constants import RAW_RESPONSE_HEADER
    from anthropic._response import BaseAPIResponse

    if not isinstance(result, BaseAPIResponse):
        return result
    if (call.kwargs.get("extra_headers") or {}).get(RAW_RESPONSE_HEADER) != "raw":
        return None
    try:
        return _parsed(result)
    except (AnthropicError, ValueError):
        return None  # the caller meets the same error when parsing


def _parsed(response: Any) -> Any:
    from inspect import iscoroutine

    parsed = response.parse()
    if not iscoroutine(parsed):
        return parsed
    try:
        parsed.send(None)
    except StopIteration as finished:
        return finished.value
    parsed.close()  # the body is not there yet, which a raw response's always is
    return None


def answer(call: Call, result: Any) -> Any:
    """Return the message that was returned, or `None` for anything that can't be read without side effects."""
    from anthropic import BaseModel

    read = unwrap(call, result)
    return read if isinstance(read, BaseModel) else None


def outputs(message: Any) -> dict[str, Any]:
    """Return the message in the form of chat completions."""
    from spanloom_autolog.anthropic.conversation import assistant_message

    said = assistant_message(field(message, "content"))
    if field(message, "stop_reason") == "refusal":
        explanation = field(field(message, "stop_details"), "explanation")
        if explanation:
            said["refusal"] = explanation
        elif isinstance(said["content"], str):
            said["content"], said["refusal"] = None, said["content"]
    return {"messages": [said]}


def usage(message: Any) -> TokenUsage | None:
    """Return the tokens of a message. Anthropic counts what the cache was read or written for on its own."""
    numbers = field(message, "usage")
    sent = [_count(numbers, f"{kind}input_tokens") for kind in ("", "cache_read_", "cache_creation_")]
    found = TokenUsage(
        input_tokens=sum(filter(None, sent)) if sent[0] is not None else None,
        output_tokens=_count(numbers, "output_tokens"),
        cache_read_input_tokens=sent[1],
        cache_creation_input_tokens=sent[2],
        reasoning_output_tokens=_count(field(numbers, "output_tokens_details"), "thinking_tokens"),
    )
    return found if found.total else None


def _count(numbers: Any, name: str) -> int | None:
    # The client does not validate what compatible servers send.
    number = field(numbers, name)
    return number if isinstance(number, int) else None


_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def result_attributes(message: Any) -> dict[str, Any]:
    """Return id, model and finish reason, in the words of chat completions."""
    reason = field(message, "stop_reason")
    return response_facts(message, [_FINISH_REASONS.get(reason, reason)] if reason else [])
