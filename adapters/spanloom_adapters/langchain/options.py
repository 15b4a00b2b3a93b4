"""What `wrap` takes for LangChain's runnables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["LangChainOptions"]

_KEYS = ("callbacks", "configurable", "max_concurrency", "metadata", "recursion_limit", "run_name", "tags")


@dataclass(frozen=True)
class LangChainOptions:
    """The options of the adapter `langchain`.

    Attributes:
        config: A `RunnableConfig` that every run gets: its tags, metadata, callbacks, configurable fields, ….

    Example:
        >>> agent = spanloom.wrap(chain, config={"tags": ["prod"], "configurable": {"temperature": 0}})
    """

    config: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        config = self.config or {}
        if not isinstance(config, Mapping):
            raise ValueError(f"config={config!r}: expected a mapping, LangChain's RunnableConfig")  # noqa: TRY004 - as all options
        unknown = [key for key in config if key not in _KEYS]
        if unknown:
            raise ValueError(
                f"config has the unknown keys {', '.join(map(repr, unknown))}; it takes {', '.join(_KEYS)}"
            )
        if "thread_id" in (config.get("configurable") or {}):
            raise ValueError(
                "config['configurable'] has a thread_id: a request names its thread, in context.conversation_id"
            )
