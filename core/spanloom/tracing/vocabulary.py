"""Span types and statuses."""

from __future__ import annotations

from typing import Final

__all__ = ["SpanStatus", "SpanType"]


class SpanType:
    """What kind of work a span stands for. Any other string is allowed too."""

    AGENT: Final = "AGENT"
    CHAIN: Final = "CHAIN"
    CHAT_MODEL: Final = "CHAT_MODEL"
    LLM: Final = "LLM"
    TOOL: Final = "TOOL"
    RETRIEVER: Final = "RETRIEVER"
    RERANKER: Final = "RERANKER"
    EMBEDDING: Final = "EMBEDDING"
    PARSER: Final = "PARSER"
    WORKFLOW: Final = "WORKFLOW"
    TASK: Final = "TASK"
    GUARDRAIL: Final = "GUARDRAIL"
    HANDOFF: Final = "HANDOFF"
    MEMORY: Final = "MEMORY"
    EVALUATOR: Final = "EVALUATOR"
    UNKNOWN: Final = "UNKNOWN"


class SpanStatus:
    """How a span ended. `CANCELLED` is ours: OpenTelemetry would call it an error, which a cancelled run is not."""

    UNSET: Final = "UNSET"
    OK: Final = "OK"
    ERROR: Final = "ERROR"
    CANCELLED: Final = "CANCELLED"
