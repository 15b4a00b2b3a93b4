"""Content blocks as plain, readable parts. Fields are `snake_case` in the SDK's 2.x and `camelCase` in 1.x."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any

__all__ = ["binary", "either", "parts", "text_of"]


def either(value: Any, new: str, old: str) -> Any:
    """Return a field by its name in the SDK's 2.x or in 1.x; `None` where it has neither."""
    return getattr(value, new, None) if hasattr(value, new) else getattr(value, old, None)


def text_of(content: Sequence[Any]) -> str | None:
    """Return the text of content that is nothing but text."""
    if any(block.type != "text" for block in content):
        return None
    return "\n".join(block.text for block in content)


def parts(content: Sequence[Any]) -> list[Any]:
    """Return each block of the content, plain."""
    return [_part(block) for block in content]


def _part(block: Any) -> Any:
    if block.type == "text":
        return {"type": "text", "text": block.text}
    if block.type in ("image", "audio"):
        return {"type": block.type, "mime_type": either(block, "mime_type", "mimeType"), "data": binary(block.data)}
    if block.type == "resource":
        blob = getattr(block.resource, "blob", None)
        body = {"text": block.resource.text} if blob is None else {"data": binary(blob)}
        return {"type": "resource", "uri": str(block.resource.uri), **body}
    return block


def binary(encoded: str) -> bytes | str:
    """Return the bytes, of which a span keeps size and digest."""
    try:
        return binascii.a2b_base64(encoded)
    except ValueError:
        return encoded
