"""Reads the content of chat completion messages and deltas, in the forms that providers give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["annotation_of", "content_text", "reasoning_text"]


def annotation_of(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation as Responses write it: chat completions put its fields under the name of its type.

    Example:
        >>> annotation_of({"type": "url_citation", "url_citation": {"url": "https://a.b", "title": "A"}})
        {'type': 'url_citation', 'url': 'https://a.b', 'title': 'A'}
    """
    kind = annotation.get("type", "")
    fields = annotation.get(kind)
    return {"type": kind, **fields} if isinstance(fields, Mapping) else dict(annotation)


def reasoning_text(message: Mapping[str, Any]) -> str:
    """Return the reasoning of an assistant message or delta.

    Providers put it into `reasoning_content` or `reasoning`, or, as Databricks does, into content parts of
    the type `reasoning`.
    """
    text = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(text, str):
        return text
    content = message.get("content")
    return "".join(
        summary.get("text", "")
        for part in (content if isinstance(content, list) else ())
        if part.get("type") == "reasoning"
        for summary in part.get("summary") or ()
    )


def content_text(content: Any) -> str:
    """Return the text of a message's content: text itself, or all its text parts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") in {"text", "output_text"})
    return content or ""
