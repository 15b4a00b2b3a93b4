"""Which work a span stands for, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from spanloom.tracing import attributes
from spanloom.tracing.vocabulary import SpanType

__all__ = ["MODEL_TYPES", "Work", "work_of"]

_TYPES: Final = {
    "chat": SpanType.CHAT_MODEL,
    "generate_content": SpanType.CHAT_MODEL,
    "text_completion": SpanType.LLM,
    "embeddings": SpanType.EMBEDDING,
    "retrieval": SpanType.RETRIEVER,
    "execute_tool": SpanType.TOOL,
    "create_agent": SpanType.AGENT,
    "invoke_agent": SpanType.AGENT,
    "invoke_workflow": SpanType.WORKFLOW,
    "plan": SpanType.TASK,
    "create_memory": SpanType.MEMORY,
    "create_memory_store": SpanType.MEMORY,
    "delete_memory": SpanType.MEMORY,
    "delete_memory_store": SpanType.MEMORY,
    "search_memory": SpanType.MEMORY,
    "update_memory": SpanType.MEMORY,
    "upsert_memory": SpanType.MEMORY,
}
"""`gen_ai.operation.name`."""

_NAMES: Final = {
    SpanType.AGENT: attributes.AGENT_NAME,
    SpanType.TOOL: attributes.TOOL_NAME,
    SpanType.WORKFLOW: "gen_ai.workflow.name",
}
"""The attribute that is the better name of a span: it lacks the operation, which the type tells."""

MODEL_TYPES: Final = frozenset({SpanType.CHAT_MODEL, SpanType.LLM, SpanType.EMBEDDING})


class Work(NamedTuple):
    """What a span stands for.

    Attributes:
        span_type: See `SpanType`.
        name: Name of the span.
    """

    span_type: str
    name: str


def work_of(name: str, facts: Mapping[str, Any]) -> Work | None:
    """Return what a span stands for, or `None` if that is nothing of the GenAI conventions.

    Some set the operation only after the span was started; its name begins with it.
    """
    operation, _, rest = name.partition(" ")
    span_type = _TYPES.get(str(facts.get("gen_ai.operation.name") or operation))
    if span_type is None:
        return None
    if span_type not in _NAMES:
        return Work(span_type, name)
    return Work(span_type, str(facts.get(_NAMES[span_type]) or (rest if operation in _TYPES else "") or name))
