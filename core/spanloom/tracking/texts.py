"""Names and values as the tables hold them."""

from __future__ import annotations

from typing import Any, Final

from spanloom.errors import RunError
from spanloom.tracing.snapshot import storable_text

__all__ = ["checked_key", "text"]

_MAX_KEY: Final = 250


def checked_key(key: str, what: str) -> str:
    """Return the key.

    Raises:
        RunError: If it is no text, empty, longer than 250 characters, or holds characters that can't be printed.
    """
    if not isinstance(key, str) or not key.strip() or len(key) > _MAX_KEY or not key.isprintable():
        raise RunError(f"{what} {key!r}: expected a name of 1 to {_MAX_KEY} printable characters, e.g. 'learning_rate'")
    return key


def text(value: Any) -> str:
    """Return the value as a text that every engine can store."""
    return storable_text(value)
