"""Token usage, in the shapes of the providers' answers that LlamaIndex passes through as `raw`."""

from __future__ import annotations

from typing import Any

from spanloom.tracing.provider_usage import provider_usage
from spanloom.tracing.usage import TokenUsage

__all__ = ["token_usage"]


def token_usage(response: Any) -> TokenUsage | None:
    """Return the tokens of an answer; `None` where nobody counted."""
    return provider_usage(response.raw) or provider_usage(response.additional_kwargs)
