"""Autologging of LangChain: langchain-core, the agents of langchain, and langgraph.

LangChain's own callbacks tell everything; one handler joins every callback manager, and spans are kept by run id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.instrument import Hook, Plugin

__all__ = ["plugin"]


def _join_callbacks(_options: Mapping[str, Any]) -> Callable[[], None]:
    from spanloom_autolog.langchain.hook import join_callbacks

    return join_callbacks()


def _watch_chat_models(_options: Mapping[str, Any]) -> Callable[[], None]:
    from langchain_core.language_models.chat_models import BaseChatModel

    from spanloom_autolog.langchain.cancellation import watch

    return watch(BaseChatModel, "agenerate")


def _watch_tools(_options: Mapping[str, Any]) -> Callable[[], None]:
    from langchain_core.tools.base import BaseTool

    from spanloom_autolog.langchain.cancellation import watch

    return watch(BaseTool, "arun")


def _watch_retrievers(_options: Mapping[str, Any]) -> Callable[[], None]:
    from langchain_core.retrievers import BaseRetriever

    from spanloom_autolog.langchain.cancellation import watch

    return watch(BaseRetriever, "ainvoke")


plugin = Plugin(
    name="langchain",
    package="langchain-core",
    requires=">=1.2,<2",
    hooks=(
        Hook("langchain_core.tracers.context", "register_configure_hook", _join_callbacks),
        Hook("langchain_core.language_models.chat_models", "BaseChatModel.agenerate", _watch_chat_models),
        Hook("langchain_core.tools.base", "BaseTool.arun", _watch_tools),
        Hook("langchain_core.retrievers", "BaseRetriever.ainvoke", _watch_retrievers),
    ),
)
