"""What has to be known of a graph to read its stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spanloom_adapters.langgraph.inputs import is_functional

__all__ = ["GraphShape", "shape_of"]


@dataclass(frozen=True)
class GraphShape:
    """What is known of a graph; by default nothing.

    Attributes:
        name: Its name, which is also that of its own agent.
        tool_nodes: The nodes that run tools; those of subgraphs are known by LangGraph's usual name.
        is_functional: Whether it is an `@entrypoint` function; what its tasks give is for the function.
    """

    name: str = "langgraph"
    tool_nodes: frozenset[str] = frozenset({"tools"})
    is_functional: bool = False


def shape_of(graph: Any) -> GraphShape:
    """Return what is known of the graph."""
    nodes = getattr(graph, "nodes", {})
    named = {name for name, node in nodes.items() if _runs_tools(getattr(node, "bound", node))}
    name = str(getattr(graph, "name", None) or "langgraph")
    return GraphShape(name, frozenset({"tools", *named}), is_functional(graph))


def _runs_tools(bound: Any) -> bool:
    return any(kind.__name__ == "ToolNode" for kind in type(bound).__mro__)
