"""What a provider's answer tells that LlamaIndex has no field for: why it ended, and refusals."""

from __future__ import annotations

from typing import Any

__all__ = ["finish_word", "refusal_of"]


def finish_word(raw: Any) -> str | None:
    """Return the provider's own word for why the answer ended; `None` where this part of it does not tell."""
    choice = _choice(raw)
    if choice is not None:
        return _field(choice, "finish_reason")  # type: ignore[no-any-return] # text, or nothing yet
    details = _field(raw, "incomplete_details") or _field(_field(raw, "response"), "incomplete_details")
    word = _field(details, "reason") or _field(raw, "stop_reason") or _field(_field(raw, "delta"), "stop_reason")
    word = word or _field(raw, "done_reason") or _field(raw, "finish_reason")
    return str(getattr(word, "name", word)) if word else None  # Gemini has an enumeration


def refusal_of(raw: Any) -> str | None:
    """Return what this part of a chat completion refuses."""
    choice = _choice(raw)
    if choice is None:
        return None
    said = _field(choice, "delta") or _field(choice, "message")
    return _field(said, "refusal") or None


def _choice(raw: Any) -> Any:
    choices = _field(raw, "choices")
    return choices[0] if isinstance(choices, list) and choices else None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
