"""What every answer of a model client says."""

from __future__ import annotations

from typing import Any

from spanloom.tracing import attributes
from spanloom_autolog.clients.fields import field

__all__ = ["response_facts"]


def response_facts(result: Any, finish_reasons: list[str]) -> dict[str, Any]:
    """Return id, model, finish reasons and request id, as far as they are known."""
    facts = {
        attributes.RESPONSE_ID: field(result, "id"),
        attributes.RESPONSE_MODEL: field(result, "model"),
        attributes.FINISH_REASONS: finish_reasons,
        attributes.REQUEST_ID: field(result, "_request_id"),
    }
    return {key: value for key, value in facts.items() if value}
