"""What runs and models are given, as chat messages."""

from __future__ import annotations

from typing import Any

from spanloom_autolog.openai.items import messages_of

__all__ = ["conversation"]


def conversation(given: Any, instructions: str | None = None) -> list[Any]:
    """Return a text, or items of the Responses API, as messages."""
    messages: list[Any] = [{"role": "system", "content": instructions}] if instructions else []
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
    else:
        messages += messages_of(given)
    return messages
