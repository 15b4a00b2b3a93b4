"""What `wrap` takes for Pydantic AI's agents."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spanloom.schemas.responses import ResponsesAgentRequest

if TYPE_CHECKING:
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import RunContext
    from pydantic_ai.toolsets import AbstractToolset
    from pydantic_ai.usage import UsageLimits

__all__ = ["PydanticAIOptions"]


@dataclass(frozen=True)
class PydanticAIOptions:
    """The options of the adapter `pydantic_ai`; those of Pydantic AI's name mean what they mean to `Agent.run`.

    Attributes:
        deps: What tools find as `ctx.deps`; or a function, also an asynchronous one, that makes it of a request.
        model: Instead of the agent's own.
        model_settings: In addition to the agent's own; `temperature`, `top_p` and `max_output_tokens` of a request win.
        usage_limits: A run that reaches one ends `incomplete`.
        toolsets: In addition to the agent's own.
        stream: False for a model that can't stream: its answers come whole.

    Example:
        >>> agent = spanloom.wrap(native, deps=lambda request: Deps(user=request.context.user_id))
    """

    deps: Any = None
    model: Model | str | None = None
    model_settings: ModelSettings | Callable[[RunContext[Any]], ModelSettings] | None = None
    usage_limits: UsageLimits | None = None
    toolsets: Sequence[AbstractToolset[Any]] | None = None
    stream: bool = True

    def __post_init__(self) -> None:
        settings = self.model_settings
        if settings is not None and not isinstance(settings, Mapping) and not callable(settings):
            raise ValueError(
                f"model_settings={settings!r}: expected a dict, Pydantic AI's ModelSettings, or a function"
            )
        if self.usage_limits is not None and not hasattr(self.usage_limits, "request_limit"):
            raise ValueError(f"usage_limits={self.usage_limits!r}: expected UsageLimits(request_limit=…)")
        if self.toolsets is not None and not isinstance(self.toolsets, Sequence):
            raise ValueError(f"toolsets={self.toolsets!r}: expected a list of toolsets")

    async def deps_for(self, request: ResponsesAgentRequest) -> Any:
        """Return the dependencies of a request."""
        if not inspect.isroutine(self.deps) and not isinstance(self.deps, functools.partial):
            return self.deps
        made = self.deps(request)
        return await made if inspect.isawaitable(made) else made
