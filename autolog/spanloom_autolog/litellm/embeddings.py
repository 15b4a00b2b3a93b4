"""Embeddings."""

from __future__ import annotations

from typing import Any

from spanloom_autolog.litellm.result import hidden_facts
from spanloom_autolog.openai import embeddings
from spanloom_autolog.openai.embeddings import outputs

__all__ = ["outputs", "result_attributes"]


def result_attributes(result: Any) -> dict[str, Any]:
    """Return model, provider and cost."""
    return {**embeddings.result_attributes(result), **hidden_facts(result)}
