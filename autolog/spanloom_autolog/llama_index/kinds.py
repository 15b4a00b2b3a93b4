"""What a call is: told by the classes an object is made of, by name, so that nothing is imported for it."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final
from weakref import WeakKeyDictionary

from spanloom.tracing.vocabulary import SpanType

__all__ = ["FRAMEWORK_MODULES", "Kind", "kind_of", "span_type"]

FRAMEWORK_MODULES: Final = ("llama_index", "workflows")


class Kind(Enum):
    """What an object of LlamaIndex is."""

    AGENT = "agent"
    TEAM = "several agents"
    WORKFLOW = "workflow"
    MODEL = "model"
    EMBEDDING = "embedding"
    RETRIEVER = "retriever"
    TOOL = "tool"
    QUERY_ENGINE = "query engine"
    CHAT_ENGINE = "chat engine"
    POSTPROCESSOR = "postprocessor of nodes"
    PARSER = "parser of nodes"
    TRANSFORM = "transformation of nodes"
    PIPELINE = "pipeline"
    SYNTHESIZER = "synthesizer"
    PROGRAM = "structured program"
    CHAT_STREAM = "streamed answer of a chat engine"
    PLUMBING = "plumbing"
    OTHER = "the user's own"

    __hash__ = object.__hash__  # an Enum's own is Python code, and kinds are looked up for every call


_BASES: Final = {
    "BaseWorkflowAgent": Kind.AGENT,
    "AgentWorkflow": Kind.TEAM,
    "Workflow": Kind.WORKFLOW,
    "StructuredLLM": Kind.PLUMBING,  # hands over to `structured_predict` of the model inside
    "BaseLLM": Kind.MODEL,
    "MultiModalLLM": Kind.MODEL,
    "BaseEmbedding": Kind.EMBEDDING,
    "BaseSparseEmbedding": Kind.EMBEDDING,
    "BaseRetriever": Kind.RETRIEVER,
    "BaseImageRetriever": Kind.RETRIEVER,
    "BaseTool": Kind.TOOL,
    "BaseQueryEngine": Kind.QUERY_ENGINE,
    "BaseChatEngine": Kind.CHAT_ENGINE,
    "BaseNodePostprocessor": Kind.POSTPROCESSOR,
    "NodeParser": Kind.PARSER,
    "TransformComponent": Kind.TRANSFORM,
    "IngestionPipeline": Kind.PIPELINE,
    "BaseSynthesizer": Kind.SYNTHESIZER,
    "BasePydanticProgram": Kind.PROGRAM,
    "StreamingAgentChatResponse": Kind.CHAT_STREAM,
    "BaseOutputParser": Kind.PLUMBING,
    "BaseSQLParser": Kind.PLUMBING,
}

_MODEL_METHODS: Final = {
    **dict.fromkeys(("chat", "achat", "stream_chat", "astream_chat"), SpanType.CHAT_MODEL),
    **dict.fromkeys(("complete", "acomplete", "stream_complete", "astream_complete"), SpanType.LLM),
    **dict.fromkeys(("structured_predict", "astructured_predict"), SpanType.CHAIN),
}

_ENTRY_POINTS: Final = {
    Kind.SYNTHESIZER: frozenset({"synthesize", "asynthesize"}),
    Kind.PROGRAM: frozenset[str](),
    Kind.TRANSFORM: frozenset({"__call__", "acall"}),
}
"""Of these kinds only the methods named stand below other spans; the rest is how they do it."""

_TYPES: Final = {
    Kind.AGENT: SpanType.AGENT,
    Kind.TEAM: SpanType.WORKFLOW,
    Kind.WORKFLOW: SpanType.WORKFLOW,
    Kind.EMBEDDING: SpanType.EMBEDDING,
    Kind.RETRIEVER: SpanType.RETRIEVER,
    Kind.TOOL: SpanType.TOOL,
    Kind.PARSER: SpanType.PARSER,
    Kind.PIPELINE: SpanType.WORKFLOW,
}

_FUNCTIONS: Final = frozenset({"run_jobs", "run_jobs.<locals>.worker"})
"""The framework's own functions that report spans."""

_kinds: WeakKeyDictionary[type, Kind] = WeakKeyDictionary()


def kind_of(instance: Any) -> Kind:
    """Return what the object is whose method was called (`None` for a function)."""
    of = type(instance)
    kind = _kinds.get(of)
    if kind is None:
        kind = _kinds[of] = next((_BASES[base.__name__] for base in of.__mro__ if _is_known(base)), Kind.OTHER)
    return kind


def _is_known(base: type) -> bool:
    return base.__name__ in _BASES and base.__module__.partition(".")[0] in FRAMEWORK_MODULES


def span_type(kind: Kind, name: str, instance: Any, *, nested: bool) -> str | None:  # noqa: PLR0911 - one line a rule
    """Return the span type of a call, or `None` for one that has no span of its own.

    Args:
        kind: Of the object.
        name: Of the call: `Class.method`, or a function's qualified name.
        instance: The object.
        nested: Whether the call is part of another one that LlamaIndex told of.
    """
    method = name.rpartition(".")[2]
    if kind in (Kind.PLUMBING, Kind.CHAT_STREAM) or name in _FUNCTIONS:
        return None
    if kind is Kind.MODEL:
        return _MODEL_METHODS.get(method)
    if nested and kind in _ENTRY_POINTS and method not in _ENTRY_POINTS[kind]:
        return None
    if kind is Kind.POSTPROCESSOR:
        return SpanType.RERANKER if "rerank" in type(instance).__name__.lower() else SpanType.CHAIN
    if kind is Kind.EMBEDDING and "embedding" not in method:
        return None
    if kind is Kind.PARSER and method not in ("__call__", "acall", "_parse_nodes", "_aparse_nodes"):
        return None
    if nested and kind in _PRIVATE_IS_INNER and method.startswith("_") and not method.startswith("__"):
        return None
    return _TYPES.get(kind, SpanType.CHAIN)


_PRIVATE_IS_INNER: Final = frozenset({Kind.EMBEDDING, Kind.RETRIEVER, Kind.TOOL, Kind.QUERY_ENGINE, Kind.PARSER})
"""Kinds whose public method reports a span, and calls a private one that reports another."""
