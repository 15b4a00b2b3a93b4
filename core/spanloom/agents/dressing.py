"""What is put around the methods that a subclass of `ResponsesAgent` defines: validation and tracing."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from spanloom.agents.requests import request_of
from spanloom.agents.tracing import RecordResponse, ReduceEvents, open_agent_span
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent, validate_event
from spanloom.tracing.calls import run_async, run_sync
from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator

__all__ = ["DRESSINGS"]

Method = Callable[..., Any]


def _dress_predict(method: Method) -> Method:
    @functools.wraps(method)
    def predict(self: Any, *args: Any, **fields: Any) -> Any:
        request = request_of(args, fields)
        return run_sync(RecordResponse(), open_agent_span(self.name, request), method, (self, request), {})

    return predict


def _dress_apredict(method: Method) -> Method:
    @functools.wraps(method)
    async def apredict(self: Any, *args: Any, **fields: Any) -> Any:
        request = request_of(args, fields)
        return await run_async(RecordResponse(), open_agent_span(self.name, request), method(self, request))

    return apredict


def _dress_predict_stream(method: Method) -> Method:
    @functools.wraps(method)
    def predict_stream(self: Any, *args: Any, **fields: Any) -> Any:
        request = request_of(args, fields)
        span = open_agent_span(self.name, request)
        return TracedIterator(_validated(method, self, request), span, ReduceEvents())

    return predict_stream


def _dress_apredict_stream(method: Method) -> Method:
    @functools.wraps(method)
    def apredict_stream(self: Any, *args: Any, **fields: Any) -> Any:
        request = request_of(args, fields)
        span = open_agent_span(self.name, request)
        return TracedAsyncIterator(_avalidated(method, self, request), span, ReduceEvents())

    return apredict_stream


def _validated(method: Method, agent: Any, request: Any) -> Iterator[ResponsesAgentStreamEvent]:
    stream = method(agent, request)
    try:
        for event in stream:
            yield event if isinstance(event, ResponsesAgentStreamEvent) else validate_event(event)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


async def _avalidated(method: Method, agent: Any, request: Any) -> AsyncIterator[ResponsesAgentStreamEvent]:
    stream = method(agent, request)
    try:
        async for event in stream:
            yield event if isinstance(event, ResponsesAgentStreamEvent) else validate_event(event)
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
