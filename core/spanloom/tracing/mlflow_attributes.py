"""What MLflow keeps in attributes of a span, by the names and in the fields of ours.

https://mlflow.org/docs/latest/genai/tracing/data-model/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from spanloom.tracing.attributes import MLFLOW_KEYS, TOTAL_COST
from spanloom.tracing.usage import TokenUsage

__all__ = ["TRANSLATED", "SpanFacts", "span_facts", "token_usage", "total_cost"]

_COST: Final = "mlflow.llm.cost"
_INPUTS: Final = "mlflow.spanInputs"
_OUTPUTS: Final = "mlflow.spanOutputs"
_TYPE: Final = "mlflow.spanType"
_USAGE: Final = "mlflow.chat.tokenUsage"

TRANSLATED: Final = frozenset({*MLFLOW_KEYS, _COST, _INPUTS, _OUTPUTS, _TYPE, _USAGE})
"""The keys of what has a field, or another key, with us."""


class SpanFacts(NamedTuple):
    """What the attributes of a span say; `None` where they do not."""

    span_type: str | None
    inputs: Any
    outputs: Any
    attributes: dict[str, Any]


def span_facts(decoded: Mapping[str, Any]) -> SpanFacts:
    """Read the attributes of a span, each decoded: what has a field with us, and the rest under our names."""
    facts = dict(decoded)
    facts.pop("mlflow.traceRequestId", None)
    usage, cost = token_usage(facts.get(_USAGE)), total_cost(facts.get(_COST))
    if usage is not None:
        facts |= usage.to_attributes()
        del facts[_USAGE]
    if cost is not None:
        facts[TOTAL_COST] = cost
        del facts[_COST]
    span_type, inputs, outputs = (facts.pop(key, None) for key in (_TYPE, _INPUTS, _OUTPUTS))
    facts = {MLFLOW_KEYS.get(key, key): value for key, value in facts.items()}
    return SpanFacts(str(span_type) if span_type else None, inputs, outputs, facts)


def token_usage(numbers: Any) -> TokenUsage | None:
    """Read MLflow's counts of tokens; `None` if it is none of them."""
    if not isinstance(numbers, dict):
        return None
    known = {name: int(numbers[name]) for name in TokenUsage._fields if numbers.get(name) is not None}
    return TokenUsage(**known) if known else None


def total_cost(costs: Any) -> float | None:
    """Read the US dollars in all; `None` if they are not said."""
    return float(costs["total_cost"]) if isinstance(costs, dict) and "total_cost" in costs else None
