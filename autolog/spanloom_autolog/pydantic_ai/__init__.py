"""Autologging of Pydantic AI: agents, their model requests and tools, direct model requests, and embeddings.

Pydantic AI's own `Instrumentation` capability is called around everything worth a span. We stand around its methods:
where the program instruments nothing, they only call us; where it does (Logfire, OpenTelemetry), its spans go on as
before. Reading its OpenTelemetry spans would cost more than twice as much, and lose the objects and the exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from spanloom.instrument import Call, CallHandler, Hook, Patch, Plugin, ToolFunction
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.pydantic_ai import embeddings

__all__ = ["plugin"]


def _in(module: str, function: str, *keywords: str) -> Callable[[Callable[..., Any], Call], Any]:
    """Return a function of this package whose module is imported only once Pydantic AI is at work.

    A call without the keywords that the function needs is not one it knows, and goes on untouched.
    """

    def around(wrapped: Callable[..., Any], call: Call) -> Any:
        if all(keyword in call.kwargs for keyword in keywords):
            return _load(module, function)(wrapped, call)
        return wrapped(*call.args, **call.kwargs)

    return around


@cache
def _load(module: str, function: str) -> Any:
    return getattr(import_module(f"{__name__}.{module}"), function)


def _switch_on(_options: Mapping[str, Any]) -> Callable[[], None]:
    undo: Callable[[], None] = _load("switch", "switch_on")()
    return undo


def _announce_requests(_options: Mapping[str, Any]) -> Callable[[], None]:
    undo: Callable[[], None] = _load("requests", "announce_requests")()
    return undo


def _register_control_flow(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom.tracing.outcome import register_control_flow

    undos = [register_control_flow(f"pydantic_ai.exceptions.{name}") for name in _CONTROL_FLOW]

    def undo() -> None:
        for each in undos:
            each()

    return undo


_CONTROL_FLOW = ("ApprovalRequired", "CallDeferred", "SkipModelRequest", "SkipToolExecution", "SkipToolValidation")
"""Exceptions that answer instead of failing: a call that waits for a person, or one that needs no call at all."""

_embeddings = CallHandler(
    span_type=SpanType.EMBEDDING,
    name=embeddings.name,
    inputs=embeddings.inputs,
    attributes=embeddings.request_attributes,
    outputs=embeddings.outputs,
    usage=embeddings.usage,
    result_attributes=embeddings.result_attributes,
)


def _tool_name(call: Call) -> str:
    return str(call.args[0] if call.args else call.kwargs["name"])


def _tool_arguments(call: Call) -> dict[str, Any]:
    given: dict[str, Any] = call.args[1] if len(call.args) > 1 else call.kwargs["tool_args"]
    return given


_INSTRUMENTATION = "pydantic_ai.capabilities.instrumentation"
_INSTRUMENTED_MODEL = "pydantic_ai.models.instrumented"

plugin = Plugin(
    name="pydantic_ai",
    package="pydantic-ai-slim",
    requires=">=2.18,<3",
    patches=(
        Patch(_INSTRUMENTATION, "Instrumentation.wrap_run", _in("capability", "run", "handler")),
        Patch(
            _INSTRUMENTATION,
            "Instrumentation.wrap_model_request",
            _in("capability", "model_request", "request_context", "handler"),
        ),
        Patch(
            _INSTRUMENTATION, "Instrumentation.wrap_tool_execute", _in("capability", "tool", "call", "args", "handler")
        ),
        Patch(
            _INSTRUMENTATION,
            "Instrumentation.on_tool_validate_error",
            _in("capability", "invalid_call", "call", "error"),
        ),
        Patch(
            _INSTRUMENTATION,
            "Instrumentation.wrap_output_process",
            _in("capability", "output", "output_context", "output", "handler"),
        ),
        Patch("pydantic_ai._agent_graph", "ModelRequestNode._build_agent_stream", _in("requests", "note_stream")),
        Patch(_INSTRUMENTED_MODEL, "InstrumentedModel.request", _in("direct", "request")),
        Patch(_INSTRUMENTED_MODEL, "InstrumentedModel.request_stream", _in("direct", "request_stream")),
        Patch("pydantic_ai.embeddings", "Embedder.embed", _embeddings),
    ),
    hooks=(
        Hook(_INSTRUMENTATION, "parent resolver", _announce_requests),
        Hook("pydantic_ai.exceptions", "control flow", _register_control_flow),
        Hook("pydantic_ai", "Agent.instrument_all", _switch_on),
    ),
    tools=(ToolFunction("pydantic_ai.toolsets.function", "FunctionToolset.call_tool", _tool_name, _tool_arguments),),
)
