"""MLflow's attributes in the words of the GenAI conventions; spanloom's own exporter writes them, too.

https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanloom.otlp.conventions.words import INPUTS, OUTPUTS, decoded
from spanloom.tracing import attributes
from spanloom.tracing.json_text import json_or_text
from spanloom.tracing.mlflow_attributes import span_facts

__all__ = ["OWN_SCOPE", "PREFIX", "TAG", "translated"]

OWN_SCOPE: Final = "spanloom"
PREFIX: Final = "mlflow.span"
"""What marks a span as one of MLflow's."""
TAG: Final = "mlflow.traceTag."

_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
_PROMPT_TAGS: Final = {TAG + attributes.MLFLOW_PROMPTS: TAG + attributes.LINKED_PROMPTS}


def translated(facts: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """Return the attributes of a span that MLflow, or our own exporter, made.

    Args:
        facts: Its attributes.
        own: Whether our exporter made it: structured attributes are JSON text there.
    """
    theirs = {key: json_or_text(value) for key, value in facts.items() if _is_encoded(key)}
    others = {
        _PROMPT_TAGS.get(key, key): decoded(value) if own and not key.startswith(TAG) else value
        for key, value in facts.items()
        if not _is_encoded(key)
    }
    told = span_facts(theirs)
    # What stands there in the words of the conventions is what the span itself said.
    found = {**told.attributes, **others}
    if "gen_ai.usage.total_tokens" in told.attributes:
        found["gen_ai.usage.total_tokens"] = told.attributes["gen_ai.usage.total_tokens"]
    if own and attributes.REQUEST_MODEL not in others:
        found.pop(attributes.REQUEST_MODEL, None)  # `mlflow.llm.model` is the response's where that is known
    if own and _TIME_TO_FIRST_CHUNK in found:
        found[attributes.TIME_TO_FIRST_CHUNK_MS] = round(found.pop(_TIME_TO_FIRST_CHUNK) * 1000, 6)
    content = {INPUTS: told.inputs, OUTPUTS: told.outputs}
    return found | {key: value for key, value in content.items() if value is not None}


def _is_encoded(key: str) -> bool:
    return key.startswith("mlflow.") and not key.startswith(TAG)
