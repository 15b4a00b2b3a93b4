"""Where a framework has its own words: small tables, by the name of its instrumentation scope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ["ALL_MESSAGES", "INPUTS", "OUTPUTS", "decoded", "translated"]

INPUTS: Final = "spanloom.bridge.inputs"
"""What a span was given, as it is."""
OUTPUTS: Final = "spanloom.bridge.outputs"
"""What a span gave back, as it is."""
ALL_MESSAGES: Final = "spanloom.bridge.all_messages"
"""A whole conversation: up to the last message of the user these are inputs, the rest are outputs."""


class _Dialect(NamedTuple):
    """How a framework departs from the conventions.

    Attributes:
        names: Its attributes' names, and those of the conventions or of the constants above.
        dropped: Attributes that say nothing new, such as hints for one backend.
    """

    names: Mapping[str, str]
    dropped: frozenset[str]


_DIALECTS: Final[Mapping[str, _Dialect]] = {
    "pydantic-ai": _Dialect(
        {
            "pydantic_ai.all_messages": ALL_MESSAGES,
            "final_result": OUTPUTS,
            "inputs": INPUTS,
            "operation.cost": "spanloom.cost.total",
        },
        frozenset({"agent_name", "logfire.json_schema", "logfire.msg", "model_name", "model_request_parameters"}),
    ),
}


def translated(scope: str | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span in the words of the conventions."""
    dialect = _DIALECTS.get(scope or "")
    if dialect is None:
        return dict(facts)
    return {dialect.names.get(key, key): value for key, value in facts.items() if key not in dialect.dropped}


def decoded(value: Any) -> Any:
    """Return what a JSON text stands for: attributes of OpenTelemetry have no structure. Other values are kept."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value
