"""Tokens as Pydantic AI counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.tracing.usage import TokenUsage

if TYPE_CHECKING:
    from pydantic_ai.usage import RunUsage

__all__ = ["token_usage"]


def token_usage(usage: RunUsage) -> TokenUsage:
    """Return the tokens of a run; its zeros mean that nobody told."""
    return TokenUsage(
        usage.input_tokens or None,
        usage.output_tokens or None,
        None,
        usage.cache_read_tokens or None,
        usage.cache_write_tokens or None,
        usage.details.get("reasoning_tokens") or getattr(usage, "output_reasoning_tokens", 0) or None,
    )
