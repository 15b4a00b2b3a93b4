"""Where a framework or an instrumentation has its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from spanloom.otlp.conventions import mlflow, openinference, openllmetry
from spanloom.otlp.conventions.words import ALL_MESSAGES, INPUTS, OUTPUTS

__all__ = ["translated"]


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
"""Small tables, by the name of the instrumentation scope."""

_FORMER: Final[Mapping[str, str]] = {
    "gen_ai.prompt": "gen_ai.input.messages",
    "gen_ai.completion": "gen_ai.output.messages",
}
"""Names of earlier versions of the conventions."""


def translated(scope: str | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span in the words of the conventions.

    Args:
        scope: The name of its instrumentation scope.
        facts: Its attributes.
    """
    dialect = _DIALECTS.get(scope or "")
    if dialect is not None:
        facts = {dialect.names.get(key, key): value for key, value in facts.items() if key not in dialect.dropped}
    if openinference.SPAN_KIND in facts:
        facts = openinference.translated(facts)
    if any(key.startswith(openllmetry.PREFIXES) for key in facts):
        facts = openllmetry.translated(facts)
    if any(key.startswith(mlflow.PREFIX) for key in facts):
        facts = mlflow.translated(facts, own=scope == mlflow.OWN_SCOPE)
    return {_FORMER.get(key, key): value for key, value in facts.items()}
