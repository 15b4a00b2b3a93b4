"""Which span type a chain run is: LangChain calls everything a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanType

__all__ = ["chain_type", "is_hidden", "is_node", "mark_graph"]

_AGENT = "langchain_create_agent"
_AGENT_NODE = "model"
"""The node that `create_agent` always has."""


def is_hidden(tags: Sequence[str] | None) -> bool:
    """Whether the run is the framework's own plumbing."""
    return tags is not None and "langsmith:hidden" in tags


def is_node(tags: Sequence[str] | None) -> bool:
    """Whether the run is a node of a graph."""
    return any(tag.startswith("graph:step:") for tag in tags or ())


def chain_type(
    name: str | None, run_type: str | None, tags: Sequence[str] | None, metadata: Mapping[str, Any], *, root: bool
) -> str:
    """Return the span type of a chain run, as far as its start tells; see `mark_graph`."""
    if is_node(tags):
        return SpanType.TASK
    if run_type == "parser":
        return SpanType.PARSER
    if not root:
        return SpanType.CHAIN
    if metadata.get("ls_integration") == _AGENT or _is_named_agent(name, metadata):
        return SpanType.AGENT
    return SpanType.WORKFLOW if metadata.get("ls_integration") == "langgraph" else SpanType.CHAIN


def mark_graph(graph: Span, node: str, metadata: Mapping[str, Any]) -> None:
    """Correct the type of a graph's span, known for sure only now that its first node starts.

    Below the root the metadata are inherited: a graph that a tool of an agent runs says that it is an agent too.
    """
    if graph.span_type not in (SpanType.CHAIN, SpanType.WORKFLOW):
        return
    agent = _is_named_agent(graph.name, metadata)
    agent = agent or (metadata.get("ls_integration") == _AGENT and node == _AGENT_NODE)
    graph.span_type = SpanType.AGENT if agent else SpanType.WORKFLOW


def _is_named_agent(name: str | None, metadata: Mapping[str, Any]) -> bool:
    return name is not None and metadata.get("lc_agent_name") == name
