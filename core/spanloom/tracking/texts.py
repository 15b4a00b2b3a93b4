"""Names as the tables hold them."""

from __future__ import annotations

from typing import Final

from spanloom.errors import RunError

__all__ = ["checked_key"]

_MAX_KEY: Final = 250


def checked_key(key: str, what: str) -> str:
    """Return the key.

    Raises:
        RunError: If it is no text, empty, longer than 250 characters, or holds characters that can't be printed.
    """
    if not isinstance(key, str) or not key.strip() or len(key) > _MAX_KEY or not key.isprintable():
        raise RunError(f"{what} {key!r}: expected a name of 1 to {_MAX_KEY} printable characters, e.g. 'learning_rate'")
    return key
