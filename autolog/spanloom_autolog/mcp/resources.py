"""`read_resource`."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom_autolog.mcp.content import binary, either
from spanloom_autolog.mcp.requests import argument

__all__ = ["documents", "uri"]


def uri(call: Call) -> dict[str, Any]:
    """Return the resource's address."""
    return {"uri": str(argument(call, 0, "uri"))}


def documents(result: Any) -> Any:
    """Return the contents as retrieved documents."""
    contents = getattr(result, "contents", None)
    return result if contents is None else [_document(content) for content in contents]


def _document(content: Any) -> dict[str, Any]:
    blob = getattr(content, "blob", None)
    body = content.text if blob is None else binary(blob)
    return {
        "page_content": body,
        "metadata": {"uri": str(content.uri), "mime_type": either(content, "mime_type", "mimeType")},
    }
