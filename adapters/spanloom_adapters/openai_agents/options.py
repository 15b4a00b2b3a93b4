"""What `spanloom.wrap` takes for an agent of the OpenAI Agents SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents import RunConfig, RunHooks

__all__ = ["OpenAIAgentsOptions"]


@dataclass(frozen=True)
class OpenAIAgentsOptions:
    """The options.

    Attributes:
        max_turns: How often models may be asked in a run; the SDK's own limit by default.
        run_config: The SDK's settings of every run.
        context: What tools, hooks and instructions find in `context.context`: a value, which all requests share, or a
            function that makes it out of the `ResponsesAgentRequest`. By default the request's `custom_inputs`.
        hooks: Are called at each step of every run.
    """

    max_turns: int | None = None
    run_config: RunConfig | None = None
    context: Any = None
    hooks: RunHooks[Any] | None = None

    def __post_init__(self) -> None:
        from agents import RunConfig
        from agents.lifecycle import RunHooksBase

        if self.max_turns is not None and (type(self.max_turns) is not int or self.max_turns < 1):
            raise ValueError(f"max_turns={self.max_turns!r}: expected a number of model calls, 1 or more")
        if self.run_config is not None and not isinstance(self.run_config, RunConfig):
            raise ValueError(f"run_config={self.run_config!r}: expected an agents.RunConfig")
        if self.hooks is not None and not isinstance(self.hooks, RunHooksBase):
            raise ValueError(f"hooks={self.hooks!r}: expected an instance of a subclass of agents.RunHooks")
