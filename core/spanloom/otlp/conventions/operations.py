"""Which work a span stands for, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from spanloom.otlp.conventions import openinference, openllmetry
from spanloom.tracing import attributes
from spanloom.tracing.json_text import json_or_text
from spanloom.tracing.vocabulary import SpanType

__all__ = ["MODEL_TYPES", "Work", "stated_work", "work_of"]

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

_MLFLOW_TYPE: Final = "mlflow.spanType"
_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    openinference.SPAN_KIND: {
        "AGENT": SpanType.AGENT,
        "CHAIN": SpanType.CHAIN,
        "EMBEDDING": SpanType.EMBEDDING,
        "EVALUATOR": SpanType.EVALUATOR,
        "GUARDRAIL": SpanType.GUARDRAIL,
        "LLM": SpanType.LLM,
        "RERANKER": SpanType.RERANKER,
        "RETRIEVER": SpanType.RETRIEVER,
        "TOOL": SpanType.TOOL,
    },
    openllmetry.SPAN_KIND: {
        "agent": SpanType.AGENT,
        "task": SpanType.TASK,
        "tool": SpanType.TOOL,
        "workflow": SpanType.WORKFLOW,
    },
    openllmetry.REQUEST_TYPE: {
        "chat": SpanType.CHAT_MODEL,
        "completion": SpanType.LLM,
        "embedding": SpanType.EMBEDDING,
        "rerank": SpanType.RERANKER,
    },
}
"""What other conventions call the operation, by the attribute that says it."""
_CHAT_MARKS: Final = ("llm.input_messages.0.message.role", "llm.output_messages.0.message.role")
"""OpenInference has one kind for all models; that of a chat has messages."""

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
    """Return what a span stands for, or `None` if that is nothing of these conventions.

    Some set the operation only after the span was started; its name begins with it.
    """
    stated = stated_work(name, facts)
    operation = name.partition(" ")[0]
    if stated is not None or operation not in _TYPES:
        return stated
    return _named(_TYPES[operation], name, facts)


def stated_work(name: str, facts: Mapping[str, Any]) -> Work | None:
    """Return what the attributes of a span say that it stands for; as `work_of`, but no name is taken for an answer."""
    if facts.get(_MLFLOW_TYPE):
        return Work(str(json_or_text(facts[_MLFLOW_TYPE])), name)
    operation = str(facts.get("gen_ai.operation.name"))
    if operation in _TYPES:
        return _named(_TYPES[operation], name, facts)
    for attribute, types in _KINDS.items():
        if attribute in facts:
            span_type = types.get(str(facts[attribute]), SpanType.UNKNOWN)
            if span_type == SpanType.LLM and any(mark in facts for mark in _CHAT_MARKS):
                span_type = SpanType.CHAT_MODEL
            return _named(span_type, name, facts)
    return None


def _named(span_type: str, name: str, facts: Mapping[str, Any]) -> Work:
    operation, _, rest = name.partition(" ")
    better = facts.get(_NAMES.get(span_type, ""))
    if better is None and span_type in _NAMES and operation in _TYPES:
        better = rest
    return Work(span_type, str(better or facts.get(openllmetry.ENTITY_NAME) or name))
