"""Whole answers of either API."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.converters.chat_to_responses import chat_completion_to_response
from spanloom_adapters.openai.response_turn import body_of

__all__ = ["whole_response"]


def whole_response(native: Any) -> dict[str, Any]:
    """Return a `Response` or a `ChatCompletion`, as a model or a dict, as the body of a response."""
    body = body_of(native)
    return chat_completion_to_response(body) if "choices" in body else body
