"""What modules were given and what they gave back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dspy import Example  # type: ignore[import-untyped]

from spanloom.tracing import attributes
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.dspy.calls import OpenCall
from spanloom_autolog.dspy.retrieval import passages
from spanloom_autolog.dspy.values import plain

__all__ = ["MODULE", "SIGNATURE", "facts", "inputs", "outputs"]

MODULE: Final = "dspy.module"
"""The class of a module that is named otherwise."""
SIGNATURE: Final = "dspy.signature"

_RUN = frozenset({"history", "trajectory"})
"""What an agent tells its predictors of the run so far, and returns with the answer: the trace itself."""


def inputs(call: OpenCall, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by name."""
    positional, named = given.get("args") or (), given.get("kwargs") or {}
    if positional:
        # From the class: asking a module for its `forward` makes DSPy warn.
        code = getattr(getattr(type(call.instance), "forward", None), "__code__", None)
        names = code.co_varnames[1 : code.co_argcount] if code is not None else ()
        names = (*names, *(f"argument_{index}" for index in range(len(names), len(positional))))
        named = {**dict(zip(names, positional, strict=False)), **named}
    if call.parent is not None and call.parent.span.span_type == SpanType.AGENT:
        named = {name: value for name, value in named.items() if name not in _RUN}
    return {name: plain(value) for name, value in named.items()}


def outputs(call: OpenCall, result: Any) -> Any:
    """Return the fields of a prediction."""
    if call.span.span_type == SpanType.RETRIEVER:
        return passages(result)
    if call.span.span_type == SpanType.AGENT and isinstance(result, Example):
        return {name: plain(value) for name, value in result.items() if name not in _RUN}
    return plain(result)


def facts(call: OpenCall) -> dict[str, Any]:
    """Return what is known of the module itself."""
    instance, span = call.instance, call.span
    found: dict[str, Any] = {}
    if span.name != type(instance).__name__:
        found[MODULE] = type(instance).__name__
    signature = getattr(getattr(instance, "signature", None), "signature", None)
    if isinstance(signature, str):
        found[SIGNATURE] = signature
    if span.span_type == SpanType.AGENT:
        found[attributes.AGENT_NAME] = span.name
        # Agents that describe their tools in the prompt have no other place where the definitions are known.
        tools = getattr(instance, "tools", None)
        if isinstance(tools, Mapping):
            found[attributes.TOOL_DEFINITIONS] = [tool.format_as_litellm_function_call() for tool in tools.values()]
    return found
