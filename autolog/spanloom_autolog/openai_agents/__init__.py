"""Autologging of the OpenAI Agents SDK (package `openai-agents`, import name `agents`).

The runner, models and tools are patched for the spans of runs, model calls and tool calls; so these are there where the
SDK's own tracing is switched off, too. What only that tracing tells (turns, handoffs, guardrails, lists of MCP tools,
the program's own spans) is taken from the dispatcher of its processors: a processor that we register would be gone as
soon as the program calls `set_trace_processors`, as many do to keep traces from being sent to OpenAI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from spanloom.instrument import Call, Hook, Patch, Plugin, ToolFunction

__all__ = ["plugin"]


def _handler(module: str, name: str) -> Callable[[Callable[..., Any], Call], Any]:
    """Return a handler that is imported at the first call: the framework may never be used."""
    found: Callable[[Callable[..., Any], Call], Any] | None = None

    def handle(function: Callable[..., Any], call: Call) -> Any:
        nonlocal found
        if found is None:
            found = getattr(import_module(f"{__name__}.{module}"), name)
        return found(function, call)

    return handle


def _end_open_spans(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.openai_agents.native import spans

    return spans.abandon_all


def _silence_export(options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.openai_agents.export import silence

    return silence() if options["disable_export"] else lambda: None


def _tool_name(call: Call) -> str:
    return str(call.kwargs["function_tool"].name)


def _tool_arguments(call: Call) -> dict[str, Any]:
    from spanloom_autolog.openai_agents.tools import arguments

    given = arguments(call.kwargs["arguments"])
    return given if isinstance(given, dict) else {"input": given}


def _tool_result(call: Call, output: Any) -> Any:  # noqa: ARG001 - the signature of `ToolFunction.result`
    from agents.tool import _FunctionToolInvocationResult

    return _FunctionToolInvocationResult(output)


_RUNNER = "agents.run"
_MODEL = "agents.models.interface"
_TOOL = "agents.run_internal.tool_execution"
_TRACING = "agents.tracing.provider"
_DISPATCHER = "SynchronousMultiTracingProcessor"

plugin = Plugin(
    name="openai_agents",
    package="openai-agents",
    requires=">=0.20,<1",
    patches=(
        Patch(_RUNNER, "AgentRunner.run", _handler("runs", "run")),
        Patch(_RUNNER, "AgentRunner.run_streamed", _handler("runs", "run_streamed")),
        Patch(_MODEL, "Model.get_response", _handler("models", "get_response"), subclasses=True),
        Patch(_MODEL, "Model.stream_response", _handler("models", "stream_response"), subclasses=True),
        Patch(_TOOL, "_invoke_function_tool_with_metadata", _handler("tools", "invoke")),
        Patch(_TOOL, "maybe_invoke_function_tool_failure_error_function", _handler("tools", "report_failure")),
        Patch(_TRACING, f"{_DISPATCHER}.on_trace_start", _handler("native", "on_trace_start")),
        Patch(_TRACING, f"{_DISPATCHER}.on_trace_end", _handler("native", "on_trace_end")),
        Patch(_TRACING, f"{_DISPATCHER}.on_span_start", _handler("native", "on_span_start")),
        Patch(_TRACING, f"{_DISPATCHER}.on_span_end", _handler("native", "on_span_end")),
    ),
    hooks=(
        Hook(_TRACING, "open spans", _end_open_spans),
        Hook("agents.tracing.processors", "BackendSpanExporter.export", _silence_export),
    ),
    options=MappingProxyType({"disable_export": False}),
    tools=(
        ToolFunction(_TOOL, "_invoke_function_tool_with_metadata", _tool_name, _tool_arguments, result=_tool_result),
    ),
)
