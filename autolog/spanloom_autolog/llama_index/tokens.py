"""Token usage, in the shapes of the providers' answers that LlamaIndex passes through as `raw`."""

from __future__ import annotations

from typing import Any

from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field

__all__ = ["token_usage"]


def token_usage(response: Any) -> TokenUsage | None:
    """Return the tokens of an answer; `None` where nobody counted."""
    raw = response.raw
    usage = field(raw, "usage")
    if usage is None and isinstance(raw, dict):
        usage = raw.get("usage_metadata") or field(raw.get("metadata"), "usage")
    if usage is None:
        usage = response.additional_kwargs
    if field(usage, "prompt_tokens") is not None:
        found = _chat_completions(usage)
    elif field(usage, "prompt_token_count") is not None:
        found = _gemini(usage)
    elif field(usage, "inputTokens") is not None:
        found = _exclusive(usage, "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
    elif field(usage, "input_tokens_details") is not None:
        found = _responses(usage)
    else:
        found = _exclusive(
            usage, "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"
        )
    return found if found.total else None


def _chat_completions(usage: Any) -> TokenUsage:
    """https://platform.openai.com/docs/api-reference/chat/object."""
    return TokenUsage(
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        _count(usage, "total_tokens"),
        cache_read_input_tokens=_count(usage, "prompt_tokens_details", "cached_tokens"),
        cache_creation_input_tokens=_count(usage, "prompt_tokens_details", "cache_write_tokens"),
        reasoning_output_tokens=_count(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def _responses(usage: Any) -> TokenUsage:
    """https://platform.openai.com/docs/api-reference/responses/object."""
    return TokenUsage(
        _count(usage, "input_tokens"),
        _count(usage, "output_tokens"),
        _count(usage, "total_tokens"),
        cache_read_input_tokens=_count(usage, "input_tokens_details", "cached_tokens"),
        reasoning_output_tokens=_count(usage, "output_tokens_details", "reasoning_tokens"),
    )


def _gemini(usage: Any) -> TokenUsage:
    """https://ai.google.dev/api/generate-content#UsageMetadata: thoughts are not among the candidates' tokens."""
    said, thoughts = _count(usage, "candidates_token_count"), _count(usage, "thoughts_token_count")
    return TokenUsage(
        _count(usage, "prompt_token_count"),
        None if said is None and thoughts is None else (said or 0) + (thoughts or 0),
        _count(usage, "total_token_count"),
        cache_read_input_tokens=_count(usage, "cached_content_token_count"),
        reasoning_output_tokens=thoughts,
    )


def _exclusive(usage: Any, sent: str, received: str, cache_read: str, cache_written: str) -> TokenUsage:
    """Read what Anthropic and Bedrock count: tokens of the cache are not among those sent.

    https://docs.anthropic.com/en/api/messages#response-usage
    """
    read, written, fresh = _count(usage, cache_read), _count(usage, cache_written), _count(usage, sent)
    return TokenUsage(
        None if fresh is None else fresh + (read or 0) + (written or 0),
        _count(usage, received),
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
    )


def _count(usage: Any, *path: str) -> int | None:
    number = usage
    for name in path:
        number = field(number, name)
    return number if isinstance(number, int) else None
