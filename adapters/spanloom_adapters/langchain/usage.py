"""Tokens as LangChain counts them."""

from __future__ import annotations

from langchain_core.messages.ai import UsageMetadata

from spanloom.tracing.usage import TokenUsage

__all__ = ["token_usage"]


def token_usage(usage: UsageMetadata | None) -> TokenUsage | None:
    """Return the tokens of a model call; `None` where nothing is known or nothing was spent."""
    # The cost of nothing is LangChain's mark of an answer from its cache.
    if not usage or usage.get("total_cost") == 0:
        return None
    given, produced = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    return TokenUsage(
        usage["input_tokens"],
        usage["output_tokens"],
        usage["total_tokens"],
        given.get("cache_read"),
        given.get("cache_creation"),
        produced.get("reasoning"),
    )
