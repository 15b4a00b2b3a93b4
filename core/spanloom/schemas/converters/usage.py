"""Token usage of chat completions and of responses, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.schemas.wire import plain

__all__ = ["chat_usage_to_responses", "responses_usage_to_chat"]


def chat_usage_to_responses(usage: Any) -> dict[str, Any] | None:
    """Return a chat completion's usage as a response's; missing details count as 0.

    Example:
        >>> chat_usage_to_responses({"prompt_tokens": 5, "completion_tokens": 7})["total_tokens"]
        12
    """
    counts = plain(usage)
    if not isinstance(counts, Mapping):
        return None
    given, written = counts.get("prompt_tokens") or 0, counts.get("completion_tokens") or 0
    prompt = counts.get("prompt_tokens_details") or {}
    completion = counts.get("completion_tokens_details") or {}
    return {
        "input_tokens": given,
        "input_tokens_details": {
            "cached_tokens": prompt.get("cached_tokens") or 0,
            "cache_write_tokens": prompt.get("cache_write_tokens") or 0,
        },
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": completion.get("reasoning_tokens") or 0},
        "total_tokens": counts.get("total_tokens") or given + written,
    }


def responses_usage_to_chat(usage: Any) -> dict[str, int] | None:
    """Return a response's usage as `prompt_tokens`, `completion_tokens` and `total_tokens`."""
    counts = plain(usage)
    if not isinstance(counts, Mapping):
        return None
    return {
        "prompt_tokens": counts["input_tokens"],
        "completion_tokens": counts["output_tokens"],
        "total_tokens": counts["total_tokens"],
    }
