"""The events of one call of a function."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.agents.threads import iterate_in_thread
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.callable.answer import AnswerWriter
from spanloom_adapters.callable.inputs import function_input
from spanloom_adapters.callable.signature import read_signature

__all__ = ["stream_events"]


async def stream_events(
    function: Callable[..., Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Call the function on the request and stream what it says."""
    call, history = _call(function, request, run)
    writer = AnswerWriter(run)
    kept: list[Any] = []
    async with aclosing(_values(function, call)) as values:  # type: ignore[type-var] # a generator
        async for value in values:
            if run.output_fn is not None:
                kept.append(value)
                continue
            for event in writer.add(_without(history, value)):
                yield event
    for event in writer.finish() if run.output_fn is None else run.output_events(_joined(kept)):
        yield event


def _call(
    function: Callable[..., Any], request: ResponsesAgentRequest, run: Run
) -> tuple[Callable[[], Any], list[Any]]:
    """Return the call, and the history that its answer may repeat."""
    signature = read_signature(function, run.options.takes if run.input_fn is None else "request")
    extras = {name: getattr(request, name) for name in signature.extras}
    takes = signature.takes
    if takes is None:
        return (lambda: function(**extras)), []
    given = run.native_input(request, lambda request: function_input(request, takes))
    history = list(given) if isinstance(given, list) else []
    if signature.keyword is not None:
        return (lambda: function(**{signature.keyword: given}, **extras)), history
    return (lambda: function(given, **extras)), history


def _values(function: Callable[..., Any], call: Callable[[], Any]) -> AsyncIterator[Any]:
    """Return what the function yields, or returns: asynchronous functions run here, all others in a thread."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return _resolved(call())
    return _in_thread(call)


async def _in_thread(call: Callable[[], Any]) -> AsyncIterator[Any]:
    async with aclosing(iterate_in_thread(lambda: _steps(call))) as values:  # type: ignore[type-var] # a generator
        async for value in values:
            if not inspect.isawaitable(value) and not hasattr(value, "__aiter__"):
                yield value
                continue
            # A synchronous function in front of an asynchronous one.
            async with aclosing(_resolved(value)) as inner:  # type: ignore[type-var] # a generator
                async for result in inner:
                    yield result


def _steps(call: Callable[[], Any]) -> Iterator[Any]:
    result = call()
    if isinstance(result, Iterator):
        yield from result
    else:
        yield result


async def _resolved(result: Any) -> AsyncIterator[Any]:
    if inspect.isawaitable(result):
        result = await result
    if not hasattr(result, "__aiter__"):
        yield result
        return
    try:
        async for value in result:
            yield value
    finally:
        close = getattr(result, "aclose", None) or getattr(result, "close", None)
        if close is not None:
            await close()


def _without(history: list[Any], value: Any) -> Any:
    """Return an answer without the history, for functions that add to it and return it all."""
    if history and isinstance(value, list) and value[: len(history)] == history:
        return value[len(history) :]
    return value


def _joined(values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    return "".join(values) if all(isinstance(value, str) for value in values) else values
