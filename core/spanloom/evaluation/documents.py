"""The documents that an agent retrieved, read from its trace, and those that it should have retrieved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from spanloom.errors import EvaluationError
from spanloom.evaluation.tool_calls import outermost
from spanloom.tracing.traces import Trace
from spanloom.tracing.vocabulary import SpanType

__all__ = ["document_text", "expected_documents", "names_of", "retrieved_documents"]

_EXPECTATIONS: Final = ("expected_documents", "expected_retrieved_context")  # the second is MLflow's
_IDS: Final = ("id", "id_", "doc_id", "document_id", "doc_uri", "uri", "url", "source", "file_path", "file_name")
_TEXTS: Final = ("page_content", "content", "text")
_LISTS: Final = ("documents", "nodes", "source_nodes", "passages", "results")


def retrieved_documents(trace: Trace) -> list[list[Any]]:
    """Return the documents of each retrieval, best first: the outputs of the RETRIEVER spans, in order.

    A retriever below another one is part of that one.
    """
    return [list(_documents(span.outputs)) for span in outermost(trace, SpanType.RETRIEVER)]


def expected_documents(expectations: Mapping[str, Any], scorer: str) -> list[Any]:
    """Return the documents that are expected.

    Raises:
        EvaluationError: If none are named.
    """
    for name in _EXPECTATIONS:
        if expectations.get(name):
            return list(expectations[name])
    raise EvaluationError(
        f"the scorer {scorer!r} needs expectations={{'expected_documents': ['id or text', …]}}; "
        f"the row has {sorted(expectations) or 'none'}"
    )


def names_of(document: Any) -> frozenset[str]:
    """Return what a document may be known by: its ids, its source, or its text; a text is known by itself.

    Example:
        >>> sorted(names_of({"page_content": "Cats purr.", "metadata": {"source": "cats.md"}}))
        ['Cats purr.', 'cats.md']
    """
    if not isinstance(document, dict):
        return frozenset({str(document).strip()})
    metadata = document.get("metadata")
    places = [document, metadata if isinstance(metadata, dict) else {}]
    found = (place.get(key) for place in places for key in (*_IDS, *_TEXTS))
    return frozenset(str(name).strip() for name in found if isinstance(name, str | int) and name != "")


def document_text(document: Any) -> str:
    """Return what a document says."""
    if isinstance(document, dict):
        for key in _TEXTS:
            if isinstance(document.get(key), str):
                return str(document[key])
    return document if isinstance(document, str) else orjson.dumps(document).decode()


def _documents(outputs: Any) -> Iterator[Any]:
    if isinstance(outputs, dict):
        found = next((outputs[key] for key in _LISTS if isinstance(outputs.get(key), list)), None)
        outputs = found if found is not None else [outputs]
    for item in outputs if isinstance(outputs, list) else [outputs]:
        if isinstance(item, list):
            yield from _documents(item)
        elif item is not None:
            node = item.get("node") if isinstance(item, dict) else None
            yield node if isinstance(node, dict) else item
