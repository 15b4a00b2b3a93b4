"""What is evaluated, made into one function from the inputs of a row to its outputs."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from spanloom.agents.loaded import agent_of
from spanloom.agents.standard_agent import StandardAgent
from spanloom.agents.wrap import find_adapters, wrap
from spanloom.errors import EvaluationError
from spanloom.evaluation.row import Row
from spanloom.evaluation.waiting import wait_for
from spanloom.tracing.decorator import is_traced

__all__ = ["Predict", "predict_for"]


class Predict:
    """Answers the inputs of a row.

    Attributes:
        name: What is called, for the name of a trace.
        traces: Whether it begins a trace by itself.
    """

    def __init__(self, function: Callable[..., Any], name: str, *, traces: bool, takes_request: bool) -> None:
        self.name = name
        self.traces = traces
        self._function = function
        self._takes_request = takes_request

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Answer; a coroutine is run on the loop of asynchronous agents, whose pooled clients stay bound to it.

        What comes as a stream is the list of its items.
        """
        result = self._function(inputs) if self._takes_request else self._function(**inputs)
        if inspect.isawaitable(result):
            result = wait_for(result)
        if isinstance(result, AsyncIterator):
            result = iter(wait_for(_all_of(result)))
        return [_plain(item) for item in result] if isinstance(result, Iterator) else _plain(result)

    def check(self, rows: Sequence[Row]) -> None:
        """Make sure that the function takes the inputs of each row, before anything runs.

        Raises:
            EvaluationError: If it does not.
        """
        if self._takes_request:
            return
        try:
            signature = inspect.signature(self._function)
        except ValueError:  # some builtins have none
            return
        for row in rows:
            try:
                signature.bind(**row.inputs)
            except TypeError as error:
                raise EvaluationError(
                    f"row {row.position} does not fit predict_fn: {error}. Its inputs are "
                    f"{sorted(row.inputs)}, and {self.name}{signature} is called with them by name"
                ) from None


async def _all_of(stream: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in stream]


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


def predict_for(predict_fn: Any) -> Predict:
    """Return how a row is answered by a function, a standard agent, a loaded one, or a native agent.

    Raises:
        AdapterNotFoundError: If it is an object that can't be called and no adapter knows it.
    """
    predict_fn = agent_of(predict_fn)
    if isinstance(predict_fn, StandardAgent) or (not _is_function(predict_fn) and _is_native(predict_fn)):
        agent = predict_fn if isinstance(predict_fn, StandardAgent) else wrap(predict_fn)
        return Predict(agent.predict, agent.name, traces=True, takes_request=True)
    name = predict_fn
    while isinstance(name, partial):
        name = name.func
    return Predict(
        predict_fn,
        getattr(name, "__name__", type(name).__name__),
        traces=is_traced(predict_fn),
        takes_request=False,
    )


def _is_function(candidate: Any) -> bool:
    return inspect.isroutine(candidate) or inspect.isclass(candidate) or isinstance(candidate, partial)


def _is_native(candidate: Any) -> bool:
    if not callable(candidate):
        return True  # or else `wrap` says what it would know
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(candidate).__mro__}
    return any(names & adapter.targets for adapter in find_adapters().values())
