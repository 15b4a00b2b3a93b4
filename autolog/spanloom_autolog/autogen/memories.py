"""Memories: `query` of every subclass of `Memory`."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call, CallHandler
from spanloom.tracing.vocabulary import SpanType

__all__ = ["query"]


def _inputs(call: Call) -> dict[str, Any]:
    asked = call.args[0] if call.args else call.kwargs["query"]
    return {"query": _content(asked)}


def _outputs(result: Any) -> list[dict[str, Any]]:
    return [{"content": _content(found), "metadata": found.metadata} for found in result.results]


def _content(memory: Any) -> Any:
    return memory if isinstance(memory, str) else memory.content


query = CallHandler(
    span_type=SpanType.RETRIEVER,
    name=lambda call: type(call.instance).__name__,
    inputs=_inputs,
    outputs=_outputs,
)
