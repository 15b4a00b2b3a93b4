"""What a module is, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.dspy.calls import OpenCall

__all__ = ["ends_the_run", "module_name", "module_type"]

_AGENTS = frozenset({"Avatar", "CodeAct", "RLM", "ReAct", "ReActV2"})
_CONTROL_TOOLS = frozenset({"finish", "submit"})


def module_type(instance: Any) -> str:
    """Return the span type of a module or a retriever; by name, for not every version has all of these classes."""
    for kind in type(instance).__mro__:
        if kind.__module__.startswith("dspy."):
            if kind.__name__ in _AGENTS:
                return SpanType.AGENT
            if kind.__name__ == "Retrieve":
                return SpanType.RETRIEVER
    return SpanType.CHAIN


def module_name(instance: Any, parent: OpenCall | None) -> str:
    """Return the attribute that the enclosing module knows it by, as in `named_predictors()`, else its class."""
    if parent is not None and parent.kind == "module":
        for name, value in vars(parent.instance).items():
            if value is instance:
                return str(name)
    return type(instance).__name__


def ends_the_run(tool: Any, parent: OpenCall | None) -> bool:
    """Whether the tool is the one that an agent gives its model for ending the run."""
    if tool.name not in _CONTROL_TOOLS or parent is None or module_type(parent.instance) != SpanType.AGENT:
        return False
    tools = getattr(parent.instance, "tools", None)
    return isinstance(tools, Mapping) and tools.get(tool.name) is tool
