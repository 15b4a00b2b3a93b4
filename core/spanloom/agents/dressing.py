"""What is put around the methods that a subclass of a standard agent defines: validation and tracing."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from spanloom.agents.threads import iterate_in_thread, run_in_thread
from spanloom.agents.tracing import RecordResponse, ReduceEvents, open_agent_span
from spanloom.tracing.calls import run_async, run_sync
from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator

__all__ = ["DRESSINGS", "WritesEvents", "apredict_in_thread", "apredict_stream_in_thread"]

Method = Callable[..., Any]


class WritesEvents:
    """Marks agents whose `apredict_stream` is a generator of events that need no validation."""


def _dress_predict(method: Method) -> Method:
    @functools.wraps(method)
    def predict(self: Any, *args: Any, **fields: Any) -> Any:
        request = self.interface.request_of(args, fields)
        span = open_agent_span(self.name, request, self.interface)
        return run_sync(RecordResponse(self.interface), span, method, (self, *self.interface.arguments(request)), {})

    return predict


def _dress_apredict(method: Method) -> Method:
    @functools.wraps(method)
    async def apredict(self: Any, *args: Any, **fields: Any) -> Any:
        request = self.interface.request_of(args, fields)
        span = open_agent_span(self.name, request, self.interface)
        arguments = (self, *self.interface.arguments(request))
        return await run_async(RecordResponse(self.interface), span, method, arguments, {})

    return apredict


def _dress_predict_stream(method: Method) -> Method:
    @functools.wraps(method)
    def predict_stream(self: Any, *args: Any, **fields: Any) -> Any:
        request = self.interface.request_of(args, fields)
        span = open_agent_span(self.name, request, self.interface)
        return TracedIterator(_validated(method, self, request), span, ReduceEvents(self.interface))

    return predict_stream


def _dress_apredict_stream(method: Method) -> Method:
    @functools.wraps(method)
    def apredict_stream(self: Any, *args: Any, **fields: Any) -> Any:
        request = self.interface.request_of(args, fields)
        span = open_agent_span(self.name, request, self.interface)
        if isinstance(self, WritesEvents):
            stream = method(self, *self.interface.arguments(request))  # type: ignore[attr-defined] # they are agents
        else:
            stream = _avalidated(method, self, request)
        return TracedAsyncIterator(stream, span, ReduceEvents(self.interface))

    return apredict_stream


async def apredict_in_thread(agent: Any, request: Any) -> Any:
    """Await a synchronous agent's `predict`; its span ends here, also when the thread goes on."""
    span = open_agent_span(agent.name, request, agent.interface)
    arguments = (_undressed(agent, "predict"), agent, *agent.interface.arguments(request))
    return await run_async(RecordResponse(agent.interface), span, run_in_thread, arguments, {})


def apredict_stream_in_thread(agent: Any, request: Any) -> TracedAsyncIterator:
    """Iterate over a synchronous agent's `predict_stream`, likewise."""
    span = open_agent_span(agent.name, request, agent.interface)
    method = _undressed(agent, "predict_stream")

    def stream(*arguments: Any) -> AsyncIterator[Any]:
        return iterate_in_thread(lambda: method(*arguments))

    return TracedAsyncIterator(_avalidated(stream, agent, request), span, ReduceEvents(agent.interface))


def _undressed(agent: Any, name: str) -> Method:
    method = getattr(type(agent), name)
    undressed: Method = getattr(method, "__wrapped__", method)
    return undressed


def _validated(method: Method, agent: Any, request: Any) -> Iterator[Any]:
    stream, validate = method(agent, *agent.interface.arguments(request)), agent.interface.validate_event
    try:
        for event in stream:
            yield validate(event)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


async def _avalidated(method: Method, agent: Any, request: Any) -> AsyncIterator[Any]:
    stream, validate = method(agent, *agent.interface.arguments(request)), agent.interface.validate_event
    try:
        async for event in stream:
            yield validate(event)
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


DRESSINGS: dict[str, Callable[[Method], Method]] = {
    "predict": _dress_predict,
    "predict_stream": _dress_predict_stream,
    "apredict": _dress_apredict,
    "apredict_stream": _dress_apredict_stream,
}
"""By the name of the method."""
