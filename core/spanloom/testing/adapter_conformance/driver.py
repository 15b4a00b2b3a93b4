"""What the adapters' conformance suite needs to know of a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel

from spanloom.testing.provider.replies import ErrorReply, Reply

__all__ = ["AdapterDriver", "Forecast", "NativeSpec"]


class Forecast(BaseModel):
    """What the scenario of structured output wants to have."""

    city: str
    celsius: int


class NativeSpec(NamedTuple):
    """The native agent that a scenario wants.

    Attributes:
        base_url: Of a `ProviderServer`; the model is asked there, without retries, streamed where the framework can.
        tools: Functions with annotations and a docstring, synchronous or asynchronous.
        approve: Names of tools that a person has to approve first.
        output_type: What the final answer has to be, instead of text.
        name: Name of the agent.
        model: The model that is asked for.
        max_turns: How often the model may be asked, where the framework takes such a limit at construction.
    """

    base_url: str
    tools: Sequence[Callable[..., Any]] = ()
    approve: frozenset[str] = frozenset()
    output_type: type[BaseModel] | None = None
    name: str = "weather_agent"
    model: str = "gpt-5-mini"
    max_turns: int | None = None


_NOTHING: Mapping[str, str] = MappingProxyType({})


class AdapterDriver(ABC):
    """How to build a native agent of one framework for `spanloom.wrap`.

    Attributes:
        adapter: Name of the adapter under test.
        plugin: Name of the framework's autolog plugin; `None` where there is none.
        lacks: What the framework can't do or does not tell, each with the reason; scenarios of these are left out. Any
            of `tools`, `async_tools`, `history`, `tool_history`, `system`, `images`, `files`, `token_streaming`,
            `reasoning`, `refusal`, `structured_output`, `finish_reasons`, `max_turns`, `usage`, `usage_details`,
            `approval`, `stored_approval` (by another process).
        tool_errors: What becomes of an exception in a tool: it is `raised`, or `reported` to the model.

    Example:
        >>> class AcmeDriver(AdapterDriver):
        ...     adapter = "acme"
        ...
        ...     def agent(self, spec):
        ...         from acme import Agent
        ...
        ...         return Agent(spec.name, model=spec.model, base_url=spec.base_url, tools=spec.tools)
    """

    adapter: ClassVar[str]
    plugin: ClassVar[str | None] = None
    lacks: ClassVar[Mapping[str, str]] = _NOTHING
    tool_errors: ClassVar[str] = "reported"

    @abstractmethod
    def agent(self, spec: NativeSpec) -> Any:
        """Build a new native agent."""

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:  # noqa: ARG002 - for those that have any
        """Return the options of `wrap` that this agent needs, such as the model of a bare client."""
        return {}

    def script(self, replies: Sequence[Reply | ErrorReply]) -> Sequence[Reply | ErrorReply]:
        """Return what the model has to say on the wire so that the framework understands it as `replies`."""
        return replies
