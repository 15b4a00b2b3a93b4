"""Runs that stop before their end: why, and what is still to be said."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)

from spanloom.schemas.converters.chat_to_responses import incomplete_reason

__all__ = ["Ending", "ending_of", "finish_reason"]

_OVERFLOW = "context_length_exceeded"


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        reason: Why the response is incomplete; `None` for one that is not.
        refusal: What the model said instead of an answer.
    """

    reason: str | None
    refusal: str | None = None


def finish_reason(response: Any) -> Ending:
    """Return how the run ended that has this `ModelResponse` as its last."""
    refusal = (response.provider_details or {}).get("refusal")
    return Ending(None, refusal) if refusal else Ending(incomplete_reason([response.finish_reason]))


def ending_of(error: Exception) -> Ending | None:
    """Return how the run ended; `None` for a real error."""
    if isinstance(error, UsageLimitExceeded):
        return Ending("max_output_tokens" if "tokens_limit" in str(error) else "max_turns")
    if isinstance(error, ContentFilterError):
        refusal = _refusal(error)
        return Ending(None if refusal else "content_filter", refusal)
    if _is_cut_off(error):
        return Ending("max_output_tokens")
    return Ending(_OVERFLOW) if _is_overflow(error) else None


def _refusal(error: ContentFilterError) -> str | None:
    # The body is the model's response, as Pydantic AI writes messages.
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        refusal = json.loads(error.body or "")[-1]["provider_details"]["refusal"]
        return str(refusal) if refusal else None
    return None


def _is_cut_off(error: Exception) -> bool:
    # Older versions have a class only for calls that are cut off, but the same words.
    if any(kind.__name__ == "OutputTokenLimitExceeded" for kind in type(error).__mro__):
        return True
    return isinstance(error, UnexpectedModelBehavior) and error.message.startswith("Model token limit")


def _is_overflow(error: Exception) -> bool:
    # The class (by name: older versions lack it), or the code of the provider's own error.
    if any(kind.__name__ == "ModelContextWindowExceededError" for kind in type(error).__mro__):
        return True
    body = error.body if isinstance(error, ModelHTTPError) else None
    return isinstance(body, dict) and body.get("code") == _OVERFLOW
