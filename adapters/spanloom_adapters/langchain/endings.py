"""Why a model, or a whole run, stopped before its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.schemas.converters.chat_to_responses import incomplete_reason

__all__ = ["finish_reason", "overflow_reason"]

_OVERFLOW = "context_length_exceeded"


def finish_reason(metadata: Mapping[str, Any]) -> str | None:
    """Return why a model stopped before its end, by a message's `response_metadata`; `None` if it did not."""
    details = metadata.get("incomplete_details")
    if details:
        return str(details["reason"])
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason")
    return incomplete_reason([reason]) if isinstance(reason, str) else None


def overflow_reason(error: Exception) -> str | None:
    """Return OpenAI's word for it if the input was longer than the model's context; `None` for other errors."""
    # LangChain's class (by name: the oldest langchain-core lacks it), or the code of the provider's own error.
    overflow = any(kind.__name__ == "ContextOverflowError" for kind in type(error).__mro__)
    return _OVERFLOW if overflow or getattr(error, "code", None) == _OVERFLOW else None
