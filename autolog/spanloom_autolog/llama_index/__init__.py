"""Autologging of LlamaIndex: agents, workflows, engines, and all that is built of llama-index-core's components.

Every component reports to LlamaIndex's dispatcher: spans say when a call begins and returns, events what a stream does
after that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.instrument import Call, Hook, Plugin, ToolFunction

__all__ = ["plugin"]


def _join_spans(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.llama_index.hook import join_spans

    return join_spans()


def _join_events(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.llama_index.hook import join_events

    return join_events()


def _tool_name(call: Call) -> str:
    from spanloom_autolog.llama_index.tools import name_of

    return name_of(call.instance)


def _tool_arguments(call: Call) -> dict[str, Any]:
    from spanloom_autolog.llama_index.tools import inputs

    return inputs(call.instance, {**call.kwargs, "args": call.args})


def _tool_result(call: Call, output: Any) -> Any:
    from llama_index.core.tools.types import ToolOutput

    name = _tool_name(call)
    return ToolOutput(tool_name=name, content=str(output), raw_input=_tool_arguments(call), raw_output=output)


plugin = Plugin(
    name="llama_index",
    package="llama-index-core",
    requires=">=0.14.22,<0.15",
    hooks=(
        Hook("llama_index_instrumentation", "Dispatcher.span_handlers", _join_spans),
        Hook("llama_index_instrumentation", "Dispatcher.event_handlers", _join_events),
    ),
    tools=tuple(
        ToolFunction(
            "llama_index.core.tools.types",
            f"{owner}.{method}",
            _tool_name,
            _tool_arguments,
            subclasses=True,
            result=_tool_result,
        )
        for owner, method in (("BaseTool", "__call__"), ("AsyncBaseTool", "call"), ("AsyncBaseTool", "acall"))
    ),
)
