"""A model that was loaded, given to what takes an agent."""

from __future__ import annotations

from typing import Any

__all__ = ["agent_of"]


def agent_of(obj: Any) -> Any:
    """Return the standard agent that a loaded model is; anything else as it is.

    What holds an agent says so by a method `__spanloom_agent__` of its class: models are above this floor.

    Raises:
        AdapterNotFoundError: If it is a loaded model that is no agent.
    """
    method = getattr(type(obj), "__spanloom_agent__", None)
    return obj if method is None else method(obj)
