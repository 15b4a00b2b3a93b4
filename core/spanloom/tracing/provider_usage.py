"""Token usage as providers write it, for frameworks that pass a provider's answer on as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.tracing.usage import TokenUsage

__all__ = ["provider_usage"]


def provider_usage(answer: Any) -> TokenUsage | None:
    """Return the tokens that an answer of OpenAI, Anthropic, Gemini or Bedrock tells; `None` where it does not.

    Args:
        answer: The body of the answer, or the last chunk of a streamed one: a dictionary, or an object of the client.

    Example:
        >>> provider_usage({"usage": {"prompt_tokens": 5, "completion_tokens": 7}}).total
        12
    """
    found = _read(_usage_of(answer))
    return found if found.total else None


def _usage_of(answer: Any) -> Any:
    """Return the part of the answer that counts; in a stream of responses, the last event holds the response."""
    for place in (answer, _field(answer, "response"), _field(answer, "metadata"), _field(answer, "message")):
        usage = _field(place, "usage") or _field(place, "usage_metadata")
        if usage is not None:
            return usage
    return answer


def _read(usage: Any) -> TokenUsage:
    if _field(usage, "prompt_tokens") is not None:
        return _chat_completions(usage)
    if _field(usage, "prompt_token_count") is not None:
        return _gemini(usage)
    if _field(usage, "inputTokens") is not None:
        return _exclusive(usage, "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
    if _field(usage, "input_tokens_details") is not None:
        return _responses(usage)
    return _exclusive(usage, "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def _chat_completions(usage: Any) -> TokenUsage:
    """https://platform.openai.com/docs/api-reference/chat/object."""
    return TokenUsage(
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        _count(usage, "total_tokens"),
        _count(usage, "prompt_tokens_details", "cached_tokens"),
        _count(usage, "prompt_tokens_details", "cache_write_tokens"),
        _count(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def _responses(usage: Any) -> TokenUsage:
    """https://platform.openai.com/docs/api-reference/responses/object."""
    return TokenUsage(
        _count(usage, "input_tokens"),
        _count(usage, "output_tokens"),
        _count(usage, "total_tokens"),
        _count(usage, "input_tokens_details", "cached_tokens"),
        _count(usage, "input_tokens_details", "cache_write_tokens"),
        _count(usage, "output_tokens_details", "reasoning_tokens"),
    )


def _gemini(usage: Any) -> TokenUsage:
    """https://ai.google.dev/api/generate-content#UsageMetadata: thoughts are not among the candidates' tokens."""
    said, thoughts = _count(usage, "candidates_token_count"), _count(usage, "thoughts_token_count")
    return TokenUsage(
        _count(usage, "prompt_token_count"),
        None if said is None and thoughts is None else (said or 0) + (thoughts or 0),
        _count(usage, "total_token_count"),
        _count(usage, "cached_content_token_count"),
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
        number = _field(number, name)
    return number if isinstance(number, int) else None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
