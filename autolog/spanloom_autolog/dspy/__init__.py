"""Autologging of DSPy: modules, agents, model calls, adapters, tools, retrievers, evaluation and optimization.

DSPy's own callbacks tell nearly everything; see `callback`. What they leave out is read in a few functions: the tokens
and the price of a model call, its chunks, embeddings, and the spans that were current where DSPy hands work to threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.instrument import Call, CallHandler, Hook, Patch, Plugin, ToolFunction
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.dspy import retrieval
from spanloom_autolog.dspy.transports import TRANSPORTS

__all__ = ["plugin"]

_embedding = CallHandler(
    span_type=SpanType.EMBEDDING,
    name=retrieval.embedding_name,
    inputs=retrieval.embedding_inputs,
    attributes=retrieval.embedding_attributes,
    outputs=retrieval.embedding_outputs,
)

_retriever = CallHandler(
    span_type=SpanType.RETRIEVER,
    name=lambda call: type(call.instance).__name__,
    inputs=retrieval.query,
    outputs=retrieval.passages,
)


def _join_callbacks(options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.dspy.hooks import join_callbacks

    return join_callbacks(**options)


def _read_results(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.dspy.hooks import read_results

    return read_results()


def _read_chunks(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.dspy.hooks import read_chunks

    return read_chunks()


def _follow_executor(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.dspy.threads import follow_executor

    return follow_executor()


def _follow_batches(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.dspy.threads import follow_batches

    return follow_batches()


def _tool_name(call: Call) -> str | None:
    from spanloom_autolog.dspy.hooks import calls
    from spanloom_autolog.dspy.kinds import ends_the_run

    return None if ends_the_run(call.instance, calls.active()) else str(call.instance.name)


def _tool_arguments(call: Call) -> dict[str, Any]:
    return call.kwargs


# Hooks wait for the whole package: its modules import each other in circles.
plugin = Plugin(
    name="dspy",
    package="dspy",
    requires=">=3.4,<4",
    patches=(
        Patch("dspy.clients.embedding", "Embedder.__call__", _embedding),
        Patch("dspy.clients.embedding", "Embedder.acall", _embedding),
        Patch("dspy.retrievers.embeddings", "Embeddings.__call__", _retriever),
        Patch("dspy.dsp.colbertv2", "ColBERTv2.__call__", _retriever),
    ),
    hooks=(
        Hook("dspy", "callbacks", _join_callbacks),
        Hook("dspy", "clients.execution.finalize", _read_results),
        Hook("dspy", "clients.engines.streaming.ListenerBridge.chunk", _read_chunks),
        Hook("dspy", "utils.parallelizer.ParallelExecutor.execute", _follow_executor),
        Hook("dspy", "utils.unbatchify.Unbatchify.__call__", _follow_batches),
    ),
    # An optimization makes thousands of model calls; its evaluations and their scores are recorded anyway.
    options={"trace_compile": False, "trace_evaluate": True},
    tools=tuple(
        ToolFunction("dspy.adapters.types.tool", f"Tool.{method}", _tool_name, _tool_arguments, opens_span=True)
        for method in ("__call__", "acall")
    ),
    transports=TRANSPORTS,
)
