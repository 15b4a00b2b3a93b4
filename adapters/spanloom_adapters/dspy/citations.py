"""Citations as annotations."""

from __future__ import annotations

from typing import Any

from dspy.adapters.types.citation import Citations  # type: ignore[import-untyped]

from spanloom_adapters.dspy.values import plain

__all__ = ["Citations", "annotation", "source"]


def source(citation: Any) -> dict[str, Any]:
    """Return a citation as a mapping: of a field of the type `Citations`, or of a model's answer."""
    found = citation.format() if isinstance(citation, Citations.Citation) else citation
    return {name: value for name, value in plain(found).items() if value is not None}


def annotation(cited: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a citation in OpenAI's form: of a web page where there is an address, else of a document."""
    title = cited.get("document_title") or cited.get("title")
    url = cited.get("url")
    if not url:
        name = str(title or f"document_{cited.get('document_index', 0)}")
        return {"type": "file_citation", "file_id": name, "filename": name, "index": cited.get("document_index") or 0}
    words = cited.get("supported_text") or cited.get("text") or ""
    start = text.find(words) if words else -1
    end = len(text) if start < 0 else start + len(words)
    return {
        "type": "url_citation",
        "url": url,
        "title": str(title or url),
        "start_index": max(start, 0),
        "end_index": end,
    }
