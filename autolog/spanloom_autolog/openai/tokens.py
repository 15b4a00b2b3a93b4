"""Token usage as OpenAI reports it."""

from __future__ import annotations

from typing import Any

from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.clients.fields import field

__all__ = ["token_usage"]


def token_usage(usage: Any, sent: str, received: str) -> TokenUsage | None:
    """Read a `usage` object; `None` where the server did not count.

    Args:
        usage: The object, or `None`.
        sent: How the API calls tokens sent: `prompt` or `input`.
        received: How it calls tokens received: `completion` or `output`.
    """
    sent_details = field(usage, f"{sent}_tokens_details")
    received_details = field(usage, f"{received}_tokens_details")
    found = TokenUsage(
        input_tokens=_count(usage, f"{sent}_tokens"),
        output_tokens=_count(usage, f"{received}_tokens"),
        total_tokens=_count(usage, "total_tokens"),
        cache_read_input_tokens=_count(sent_details, "cached_tokens"),
        cache_creation_input_tokens=_count(sent_details, "cache_write_tokens"),
        reasoning_output_tokens=_count(received_details, "reasoning_tokens"),
    )
    return found if found.total else None


def _count(numbers: Any, name: str) -> int | None:
    # The client does not validate what compatible servers send.
    number = field(numbers, name)
    return number if isinstance(number, int) else None
