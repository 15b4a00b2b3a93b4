"""Embedders and retrievers, which DSPy's callbacks leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes

__all__ = [
    "embedding_attributes",
    "embedding_inputs",
    "embedding_name",
    "embedding_outputs",
    "passages",
    "query",
]


def embedding_name(call: Call) -> str:
    """Return OpenTelemetry's GenAI span name: `{operation} {model}`."""
    model = call.instance.model
    return f"embeddings {_model_name(model)}" if isinstance(model, str) else "embeddings"


def embedding_inputs(call: Call) -> dict[str, Any]:
    """Return the texts."""
    return {"input": call.args[0] if call.args else call.kwargs.get("inputs")}


def embedding_attributes(call: Call) -> dict[str, Any]:
    """Return model and provider, unless the user's own function computes the vectors."""
    model = call.instance.model
    if not isinstance(model, str):
        return {}
    provider, slash, _ = model.partition("/")
    return {attributes.REQUEST_MODEL: _model_name(model), **({attributes.PROVIDER: provider} if slash else {})}


def embedding_outputs(vectors: Any) -> dict[str, int]:
    """Return how many vectors there are and how long they are; the vectors themselves would fill the store."""
    *count, dimensions = vectors.shape
    return {"count": count[0] if count else 1, "dimensions": dimensions}


def query(call: Call) -> dict[str, Any]:
    """Return the query."""
    return {"query": call.args[0] if call.args else call.kwargs.get("query")}


def passages(result: Any) -> Any:
    """Return what a retriever found: a list of texts, of dictionaries, or a prediction with parallel lists."""
    found = result.get("passages") if hasattr(result, "get") else result
    if not isinstance(found, list | tuple):
        return found
    ids = result.get("indices") if hasattr(result, "get") else None
    return [_document(passage, ids[index] if ids else None) for index, passage in enumerate(found)]


def _document(passage: Any, document_id: Any) -> dict[str, Any]:
    if isinstance(passage, Mapping):
        text = passage.get("long_text", passage.get("text"))
        metadata = {key: value for key, value in passage.items() if key not in ("long_text", "text", "pid")}
        document = {"page_content": text, "metadata": metadata}
        document_id = passage.get("pid", document_id)
    else:
        document = {"page_content": passage, "metadata": {}}
    return document if document_id is None else {"id": document_id, **document}


def _model_name(model: str) -> str:
    return model.partition("/")[2] or model
