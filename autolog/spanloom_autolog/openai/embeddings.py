"""Embeddings (https://platform.openai.com/docs/api-reference/embeddings)."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom_autolog.clients.fields import field
from spanloom_autolog.clients.results import response_facts
from spanloom_autolog.openai.request import parameters

__all__ = ["inputs", "outputs", "result_attributes"]

_FLOAT_BYTES = 4


def inputs(call: Call) -> dict[str, Any]:
    """Return the texts (or tokens) and parameters."""
    return parameters(call)


def outputs(result: Any) -> dict[str, int]:
    """Return how many vectors there are and how long they are; the vectors themselves would fill the store."""
    vectors = [field(item, "embedding") for item in result.data]
    return {"count": len(vectors), "dimensions": _dimensions(vectors[0]) if vectors else 0}


def _dimensions(vector: Any) -> int:
    if isinstance(vector, str):
        from base64 import b64decode

        return len(b64decode(vector)) // _FLOAT_BYTES
    return len(vector)


def result_attributes(result: Any) -> dict[str, Any]:
    """Return model and request id."""
    return response_facts(result, [])
