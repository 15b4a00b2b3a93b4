"""What the conformance suite needs to know of a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from spanloom.testing.provider.replies import ErrorReply, Reply

__all__ = ["AgentSpec", "Driver"]


class AgentSpec(NamedTuple):
    """The agent that a scenario wants.

    Attributes:
        base_url: Of a `ProviderServer`; the model is asked there, without retries.
        tools: Functions with annotations and a docstring, synchronous or asynchronous.
        name: Name of the agent.
        model: The model that is asked for.
        stream: Whether the agent will be streamed: its model then streams, usage included.
    """

    base_url: str
    tools: Sequence[Callable[..., Any]] = ()
    name: str = "weather_agent"
    model: str = "gpt-5-mini"
    stream: bool = False


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Driver(ABC):
    """How to build and run an agent of one framework.

    A driver's module must import its framework inside of functions only, and be importable by itself: scenarios run it
    in a fresh process, too, with autologging switched on before the framework is imported. A method whose mode is not
    in `modes` is never called.

    Attributes:
        plugin: Name of the plugin under test.
        client: Name of the plugin of the client that the framework calls its model with; `None` where it is the
            client itself, or has one of its own.
        kind: `agent`: runs tools in a loop, under an AGENT span. `model`: a client, one call is one model span.
        modes: How it can be run: any of `run`, `arun`, `stream`, `astream`.
        intermediate: Types of the framework's own spans that stand between those that all frameworks have, each with
            what they stand for. The normalized tree leaves them out.
        unreported: Facts that the framework does not tell and its wire does not carry, each with the reason: any of
            `reasoning_tokens`, `cached_tokens`, `response_model`.
        tool_errors: What becomes of an exception in a tool: it is `raised`, or `reported` to the model.

    Example:
        >>> class AcmeDriver(Driver):
        ...     plugin = "acme"
        ...     client = "openai"
        ...     modes = frozenset({"run"})
        ...     intermediate = {"TASK": "one step of the loop"}
        ...
        ...     def agent(self, spec):
        ...         from acme import Agent
        ...
        ...         return Agent(spec.name, model=spec.model, base_url=spec.base_url, tools=spec.tools)
        ...
        ...     def run(self, agent, text):
        ...         return agent.ask(text)
    """

    plugin: ClassVar[str]
    client: ClassVar[str | None] = None
    kind: ClassVar[str] = "agent"
    modes: ClassVar[frozenset[str]]
    intermediate: ClassVar[Mapping[str, str]] = _NOTHING
    unreported: ClassVar[Mapping[str, str]] = _NOTHING
    tool_errors: ClassVar[str] = "reported"

    @abstractmethod
    def agent(self, spec: AgentSpec) -> Any:
        """Build a new agent; one of kind `model` ignores tools and name."""

    def run(self, agent: Any, text: str) -> str:
        """Ask and return the answer's text."""
        raise NotImplementedError

    async def arun(self, agent: Any, text: str) -> str:
        """Likewise, awaited."""
        raise NotImplementedError

    def stream(self, agent: Any, text: str) -> Iterator[Any]:
        """Return the framework's own stream of tokens or finer events, unwrapped; its items are not looked at."""
        raise NotImplementedError

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        """Likewise, asynchronous."""
        raise NotImplementedError

    async def cancel(self, stream: Any) -> None:
        """Stop an asynchronous stream early, as the framework's documentation says."""
        await stream.aclose()

    def script(self, replies: Sequence[Reply | ErrorReply]) -> Sequence[Reply | ErrorReply]:
        """Return what the model has to say on the wire so that the framework understands it as `replies`."""
        return replies

    def footprint(self) -> Sequence[Any]:
        """Return the framework's state that the plugin's hooks change: callbacks, processors, handlers.

        Compared by identity before autologging and after it was disabled. Patched functions are checked anyway.
        """
        return ()
