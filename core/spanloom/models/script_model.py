"""`set_model`: how a script says which of its objects is the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from spanloom.errors import ModelError

__all__ = ["chosen_model", "set_model"]

_chosen: ContextVar[list[Any] | None] = ContextVar("spanloom_chosen_model", default=None)


def set_model(model: Any) -> None:
    """Say that this object is the model of the script it stands in; the last call counts.

    Where the script runs by itself, nothing happens.

    Args:
        model: A `ResponsesAgent`, `ChatAgent`, `ChatModel` or `PythonModel`, a function, or a native agent that
            `spanloom.wrap` knows.

    Raises:
        ModelError: If it is a class, or the path of another script.

    Example:
        >>> spanloom.models.set_model(create_agent("openai:gpt-5-mini", tools=[weather]))
    """
    if isinstance(model, type):
        raise ModelError(f"set_model() takes a model, not its class: set_model({model.__qualname__}(...))")
    if isinstance(model, str):
        raise ModelError("set_model() takes the model itself, not text; the path goes to save_model(python_model=...)")
    chosen = _chosen.get()
    if chosen is not None:
        chosen[:] = [model]


@contextmanager
def chosen_model() -> Iterator[list[Any]]:
    """Give a list that holds what `set_model` was called with, once it was called inside the block."""
    chosen: list[Any] = []
    token = _chosen.set(chosen)
    try:
        yield chosen
    finally:
        _chosen.reset(token)
