"""Autologging of LangChain: langchain-core, the agents of langchain, and langgraph.

LangChain's own callbacks tell everything; one handler joins every callback manager, and spans are kept by run id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.instrument import Call, Hook, Patch, Plugin, ToolFunction

__all__ = ["plugin"]


def _join_callbacks(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.langchain.hook import join_callbacks

    return join_callbacks()


def _watched(function: Callable[..., Any], call: Call) -> Any:
    from spanloom_autolog.langchain.cancellation import end_when_cancelled

    return end_when_cancelled(function, call)


def _tool_name(call: Call) -> str:
    return str(call.instance.name)


def _tool_arguments(call: Call) -> dict[str, Any]:
    given = {name: value for name, value in call.kwargs.items() if name not in ("config", "run_manager")}
    given = call.instance._filter_injected_args(given)  # noqa: SLF001 - a graph's state is another one in each run
    return {**given, "args": list(call.args)} if call.args else given


plugin = Plugin(
    name="langchain",
    package="langchain-core",
    requires=">=1.2,<2",
    patches=(
        Patch("langchain_core.language_models.chat_models", "BaseChatModel.agenerate", _watched),
        Patch("langchain_core.tools.base", "BaseTool.arun", _watched),
        Patch("langchain_core.retrievers", "BaseRetriever.ainvoke", _watched),
    ),
    hooks=(Hook("langchain_core.tracers.context", "register_configure_hook", _join_callbacks),),
    tools=tuple(
        ToolFunction("langchain_core.tools.base", f"BaseTool.{method}", _tool_name, _tool_arguments, subclasses=True)
        for method in ("_run", "_arun")
    ),
)
