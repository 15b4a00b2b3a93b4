"""Texts that may be JSON."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["json_or_text"]


def json_or_text(value: Any) -> Any:
    """Return what a JSON text says; a text that is none, and whatever is no text, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
