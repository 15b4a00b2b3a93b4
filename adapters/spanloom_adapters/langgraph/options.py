"""What `wrap` takes for graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spanloom_adapters.langchain.options import LangChainOptions

__all__ = ["LangGraphOptions"]


@dataclass(frozen=True)
class LangGraphOptions(LangChainOptions):
    """The options of the adapter `langgraph`, besides those of `LangChainOptions`.

    Attributes:
        recursion_limit: Steps that a run may take; one that needs more ends `incomplete`, with the reason `max_turns`.
        context: What the nodes find as `runtime.context`, an instance of the graph's context schema.

    Example:
        >>> agent = spanloom.wrap(graph, recursion_limit=50, context=Context(user_name="Ann"))
    """

    recursion_limit: int | None = None
    context: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.recursion_limit is not None and self.recursion_limit < 1:
            raise ValueError(f"recursion_limit={self.recursion_limit}: expected 1 or more")
