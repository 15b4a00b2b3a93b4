"""What every request of a model client says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom_autolog.clients.fields import sequence

__all__ = ["model_and_tools", "parameters", "span_name"]

_TRANSPORT = frozenset({"extra_headers", "extra_query", "timeout"})


def span_name(operation: str) -> Callable[[Call], str]:
    """Return a reader that gives OpenTelemetry's GenAI span name: `{operation} {model}`.

    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
    """

    def name(call: Call) -> str:
        model = call.kwargs.get("model")
        return f"{operation} {model}" if isinstance(model, str) else operation

    return name


def parameters(call: Call, not_given: tuple[type, ...], *without: str) -> dict[str, Any]:
    """Return the arguments that reach the model.

    Args:
        call: The call.
        not_given: The client's classes whose instances stand for an argument that is left out.
        without: Names to leave out as well.
    """
    return {
        name: value
        for name, value in call.kwargs.items()
        if name not in _TRANSPORT and name not in without and not isinstance(value, not_given)
        if name != "extra_body" or value is not None
    }


def model_and_tools(call: Call, tool_definition: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the model that is asked, and the tools it may call, in the form of chat completions."""
    found: dict[str, Any] = {}
    model = call.kwargs.get("model")
    if isinstance(model, str):
        found[attributes.REQUEST_MODEL] = model
    tools = sequence(call.kwargs.get("tools"))
    if tools:
        found[attributes.TOOL_DEFINITIONS] = [tool_definition(tool) for tool in tools]
    return found
