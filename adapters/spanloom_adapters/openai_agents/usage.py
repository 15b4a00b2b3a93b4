"""Tokens as the SDK counts them."""

from __future__ import annotations

from agents import Usage

from spanloom.tracing.usage import TokenUsage

__all__ = ["token_usage"]


def token_usage(usage: Usage) -> TokenUsage:
    """Return a run's usage. The SDK has zeros where nobody told."""
    given, written = usage.input_tokens_details, usage.output_tokens_details
    return TokenUsage(
        usage.input_tokens,
        usage.output_tokens,
        usage.total_tokens,
        given.cached_tokens,
        getattr(given, "cache_write_tokens", None),  # since openai 2.45
        written.reasoning_tokens,
    )
