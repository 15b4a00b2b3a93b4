"""Embeddings."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom.tracing.usage import TokenUsage

__all__ = ["inputs", "name", "outputs", "request_attributes", "result_attributes", "usage"]


def name(call: Call) -> str:
    """Return OpenTelemetry's GenAI span name."""
    return f"embeddings {_model(call)}"


def inputs(call: Call) -> dict[str, Any]:
    """Return the texts, and whether they are queries or documents."""
    texts = call.args[0] if call.args else call.kwargs.get("inputs")
    given = {key: call.kwargs[key] for key in ("input_type", "settings") if call.kwargs.get(key) is not None}
    return {"input": texts, **given}


def request_attributes(call: Call) -> dict[str, Any]:
    """Return the model's name."""
    return {attributes.REQUEST_MODEL: _model(call)}


def _model(call: Call) -> str:
    """Return the model's name; the model may be given as an object or as `provider:name`."""
    model = call.instance.model
    found: str = model if isinstance(model, str) else model.model_name
    return found.rpartition(":")[2]


def outputs(result: Any) -> dict[str, Any]:
    """Return how many vectors of which size there are: the numbers tell nobody anything."""
    vectors = result.embeddings
    return {"count": len(vectors), "dimensions": len(vectors[0]) if len(vectors) else 0}


def usage(result: Any) -> TokenUsage | None:
    """Return the tokens."""
    tokens = result.usage.input_tokens
    return TokenUsage(input_tokens=tokens, total_tokens=tokens) if tokens else None


def result_attributes(result: Any) -> dict[str, Any]:
    """Return the model that answered, and its provider."""
    found = {
        attributes.PROVIDER: result.provider_name,
        attributes.RESPONSE_MODEL: result.model_name,
        attributes.RESPONSE_ID: result.provider_response_id,
    }
    return {key: value for key, value in found.items() if value}
