"""`spanloom.wrap`: finding the adapter that knows an object."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

from spanloom.agents.adapter import Adapter
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.wrapped_agent import WrappedAgent
from spanloom.discovery import entry_points, load
from spanloom.errors import AdapterNotFoundError, AgentError
from spanloom.tracing.guard import guard

__all__ = ["find_adapters", "wrap"]

GROUP = "spanloom.adapters"


def wrap(obj: Any, *, name: str | None = None) -> ResponsesAgent:
    """Return any native agent as a standard `ResponsesAgent`; a `ResponsesAgent` is returned as it is.

    Args:
        obj: The agent: an instance of what one of the installed adapters knows.
        name: Name of the agent, by default its own or that of its class.

    Raises:
        AdapterNotFoundError: If no adapter knows the object.
        AgentError: If a class was given instead of an instance.

    Example:
        >>> agent = spanloom.wrap(graph)
        >>> agent.predict({"input": "What is the weather in Paris?"}).output_text
        'Sunny, 21 degrees.'
    """
    if inspect.isclass(obj):
        raise AgentError(f"wrap() takes an agent, not its class: make an instance first, wrap({obj.__qualname__}(...))")
    if isinstance(obj, ResponsesAgent):
        return obj
    adapter = _adapter_for(obj)
    return WrappedAgent(obj, adapter, name or _name_of(obj))


def _name_of(obj: Any) -> str:
    name = getattr(obj, "name", None)
    return name if isinstance(name, str) and name else type(obj).__name__


@lru_cache(maxsize=1)
def find_adapters() -> dict[str, Adapter[Any]]:
    """Return every adapter by its entry point's name; one that can't be loaded is left out (and reported once)."""
    adapters: dict[str, Adapter[Any]] = {}
    for name, reference in sorted(entry_points().get(GROUP, {}).items()):
        with guard(f"{name}: loading the adapter"):
            adapters[name] = load(reference)
    return adapters


def _adapter_for(obj: Any) -> Adapter[Any]:
    adapters = find_adapters()
    for kind in type(obj).__mro__:
        qualified_name = f"{kind.__module__}.{kind.__qualname__}"
        for adapter in adapters.values():
            if qualified_name in adapter.targets:
                return adapter
    kind = type(obj)
    supported = "; ".join(f"{adapter.name}: {', '.join(sorted(adapter.targets))}" for adapter in adapters.values())
    raise AdapterNotFoundError(
        f"no adapter knows {kind.__module__}.{kind.__qualname__}. Supported: {supported}. "
        "For another framework, subclass spanloom.ResponsesAgent, or write a spanloom.agents.Adapter and register it "
        "under the entry-point group 'spanloom.adapters'"
    )
