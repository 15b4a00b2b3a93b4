"""What a run retrieved: cited by the text that follows, listed in `custom_outputs["source_nodes"]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from llama_index.core.base.llms.types import CitationBlock, TextBlock
from llama_index.core.schema import NodeWithScore
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run

__all__ = ["Sources", "citation_annotation", "nodes_of"]

_ADDRESSES = ("url", "source", "link")
_NAMES = ("file_name", "filename", "title", "file_path", "source")


def nodes_of(value: Any) -> list[NodeWithScore]:
    """Return the nodes that an engine, a retriever or a tool gave; none of any other value."""
    nodes = value if isinstance(value, list) else getattr(value, "source_nodes", None)
    if not nodes and not isinstance(value, list):
        # Chat engines over tools know them only as the tools' outputs.
        outputs = getattr(value, "sources", None)
        known = outputs if isinstance(outputs, list) else []
        nodes = [node for output in known for node in nodes_of(getattr(output, "raw_output", None))]
    return [node for node in nodes if isinstance(node, NodeWithScore)] if isinstance(nodes, list) else []


class Sources:
    """Collects nodes, each once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[str, int] = {}
        self._new: list[NodeWithScore] = []

    def add(self, nodes: Iterable[NodeWithScore]) -> None:
        """Take nodes; the next text cites them."""
        for node in nodes:
            if node.node_id not in self._known:
                self._known[node.node_id] = len(self._known)
                self._new.append(node)
                self._run.custom_outputs.setdefault("source_nodes", []).append(_plain(node))

    def citations(self, text: str) -> list[dict[str, Any]]:
        """Return the annotations of a text that was written with the nodes since the last one."""
        cited, self._new = self._new, []
        return [_annotation(node, self._known[node.node_id], text) for node in cited]


def citation_annotation(block: CitationBlock, text: str) -> dict[str, Any]:
    """Return the annotation of what a provider itself found in a source that it was given."""
    content = block.cited_content
    quoted = content.text if isinstance(content, TextBlock) else ""
    if not _is_url(block.source):
        return {"type": "file_citation", "file_id": block.source, "filename": block.title, "index": len(text)}
    return {"type": "url_citation", "url": block.source, "title": block.title, **_place(quoted, text)}


def _plain(node: NodeWithScore) -> dict[str, Any]:
    return {
        "id": node.node_id,
        "score": None if node.score is None else float(node.score),
        "text": node.get_content(),
        "metadata": to_jsonable_python(node.metadata, fallback=str),
    }


def _annotation(node: NodeWithScore, position: int, text: str) -> dict[str, Any]:
    """Return the annotation in OpenAI's form: of a web page where the metadata has its address, else of a file."""
    metadata = node.metadata
    url = next((value for key in _ADDRESSES if _is_url(value := metadata.get(key))), None)
    file_id = node.node.ref_doc_id or node.node_id
    if url is None:
        name = _name(metadata) or file_id
        return {"type": "file_citation", "file_id": file_id, "filename": name, "index": position}
    title = str(metadata.get("title") or url)
    return {"type": "url_citation", "url": url, "title": title, **_place(node.get_content(), text)}


def _name(metadata: Mapping[str, Any]) -> str | None:
    given = next((metadata[key] for key in _NAMES if metadata.get(key)), None)
    return None if given is None else PurePath(str(given)).name


def _place(quoted: str, text: str) -> dict[str, int]:
    # Nobody tells which words come from where, except when the source is quoted.
    start = text.find(quoted) if quoted else -1
    if start < 0:
        return {"start_index": 0, "end_index": len(text)}
    return {"start_index": start, "end_index": start + len(quoted)}


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
