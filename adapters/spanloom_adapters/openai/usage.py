"""Tokens as a response tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.tracing.usage import TokenUsage

__all__ = ["token_usage"]


def token_usage(usage: Mapping[str, Any]) -> TokenUsage:
    """Return the usage of a response body."""
    given, written = usage.get("input_tokens_details") or {}, usage.get("output_tokens_details") or {}
    return TokenUsage(
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        usage.get("total_tokens"),
        given.get("cached_tokens") or None,
        given.get("cache_write_tokens") or None,
        written.get("reasoning_tokens") or None,
    )
