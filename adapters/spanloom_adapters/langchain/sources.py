"""The documents that a run found: cited by the text that follows, listed in `custom_outputs["source_nodes"]`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from langchain_core.documents import Document

from spanloom.agents.adapter import Run
from spanloom_adapters.langchain.plain import plain_value

__all__ = ["Sources", "are_documents"]


def are_documents(value: Any) -> bool:
    """Tell whether the value is a list of documents, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(isinstance(document, Document) for document in value)


class Sources:
    """Collects documents, each once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._nodes: list[dict[str, Any]] = []
        self._new: list[tuple[int, Document]] = []

    def add(self, documents: list[Document]) -> None:
        """Take documents; the next text cites them."""
        for document in documents:
            node = plain_value(document)
            if node not in self._nodes:
                self._new.append((len(self._nodes), document))
                self._nodes.append(node)
        self._run.custom_outputs["source_nodes"] = self._nodes

    def citations(self, text: str) -> list[dict[str, Any]]:
        """Return the annotations of a text that was written with the documents since the last one."""
        cited, self._new = self._new, []
        return [_citation(document, position, text) for position, document in cited]


def _citation(document: Document, position: int, text: str) -> dict[str, Any]:
    """Return the annotation in OpenAI's form: of a web page where the metadata has its address, else of a file."""
    metadata = document.metadata
    url = next((value for key in ("url", "source", "link") if _is_url(value := metadata.get(key))), None)
    source = str(metadata.get("source") or document.id or f"document_{position}")
    if url is None:
        filename = str(metadata.get("title") or PurePosixPath(source).name or source)
        return {"type": "file_citation", "file_id": document.id or source, "filename": filename, "index": position}
    # Nobody tells which words come from where, except when the document is quoted.
    start = text.find(document.page_content)
    end = len(text) if start < 0 else start + len(document.page_content)
    title = str(metadata.get("title") or url)
    return {"type": "url_citation", "url": url, "title": title, "start_index": max(start, 0), "end_index": end}


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
