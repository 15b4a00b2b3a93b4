"""What a text cites, as annotations of OpenAI's form."""

from __future__ import annotations

from typing import Any

__all__ = ["citation_annotations"]


def citation_annotations(citations: list[Any], content: str, offset: int) -> list[dict[str, Any]]:
    """Return an annotation for every source of a text part's citations.

    Args:
        citations: Of the part.
        content: The part's text.
        offset: Where in the message the part begins.
    """
    return [
        _annotation(source, citation.anchor, content, offset) for citation in citations for source in citation.sources
    ]


def _annotation(source: Any, anchor: Any, content: str, offset: int) -> dict[str, Any]:
    # Without an anchor the provider did not say which words are meant.
    start, end = (anchor.start, anchor.end) if anchor is not None else (0, len(content))
    if source.kind == "web":
        return {
            "type": "url_citation",
            "url": source.url,
            "title": source.title or source.url,
            "start_index": offset + start,
            "end_index": offset + end,
        }
    name = source.title or source.document_id or "document"
    return {
        "type": "file_citation",
        "file_id": source.document_id or name,
        "filename": name,
        "index": offset + end,
    }
