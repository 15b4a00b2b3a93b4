"""The model request that is running: what streams and clients below it need to know of it."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry import context as opentelemetry_context

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom.tracing.context import register_parent_resolver
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span
from spanloom_autolog.pydantic_ai.models import record_request, record_response
from spanloom_autolog.pydantic_ai.work import OWNER

__all__ = ["ModelRequest", "announce_requests", "end_interrupted", "note_stream", "running"]

_KEY: Final = opentelemetry_context.create_key("spanloom-pydantic-ai-request")

running: ContextVar[ModelRequest | None] = ContextVar("spanloom_pydantic_ai_request", default=None)
"""The model request whose task this is."""


class ModelRequest:
    """One model request, and its span.

    Attributes:
        span: The span.
        stream: The stream that the answer comes from, if it does.
    """

    def __init__(self, span: Span) -> None:
        self.span = span
        self.stream: Any = None
        self._began = time.perf_counter()

    @property
    def is_awaited(self) -> bool:
        """Whether the model may not have been called yet; once a stream gives something, its consumer runs here."""
        if not self.span.is_recording or self.span.claimed:
            return False
        return self.stream is None or self._seconds_to_first_chunk() is None

    def _seconds_to_first_chunk(self) -> float | None:
        seconds: float | None = self.stream.time_to_first_chunk(self._began)
        return seconds

    def announce(self) -> Any:
        """Make the span known to where the model is called; pass what is returned to `withdraw`.

        A stream is opened in the task that consumes it. OpenTelemetry's context is what Pydantic AI takes there.
        """
        previous = opentelemetry_context.get_current()
        opentelemetry_context.attach(opentelemetry_context.set_value(_KEY, self))
        return previous

    def withdraw(self, previous: Any) -> None:
        """Put the context back."""
        opentelemetry_context.attach(previous)

    def record(self, request: Any, response: Any) -> None:
        """Record everything: the request as it was sent, and the answer or what a stream gave of it."""
        if not self.span.is_recording:
            return
        record_request(self.span, request)
        stream = self.stream
        if stream is not None:
            with guard("pydantic_ai: time to first chunk"):
                seconds = self._seconds_to_first_chunk()
                if seconds is not None:
                    self.span.set_attribute(attributes.TIME_TO_FIRST_CHUNK_MS, round(seconds * 1e3, 3))
        if response is None and stream is not None:
            with guard("pydantic_ai: partial response"):
                response = stream.get()
        if response is not None:
            record_response(self.span, response)

    def fail(self, error: BaseException) -> None:
        """End the span with what went wrong.

        When a stream fails, its consumer is told, and this request is cancelled: the run knows the reason.
        """
        agent = _agent_of(self.span)
        if isinstance(error, CancelledError) and self.stream is not None and agent is not None:
            end_interrupted(agent, None)
            _interrupted[agent.span_id] = (self.span, error, time.time_ns())
            return
        self.span.record_exception(error)
        self.span.end()


_interrupted: dict[str, tuple[Span, CancelledError, int]] = {}
"""Requests that were cancelled, and when, by the id of the agent's span: it ends next, and says why."""


def end_interrupted(agent: Span, error: BaseException | None) -> None:
    """End the request below `agent` that was cancelled, if any, for the reason that ended the run."""
    interrupted = _interrupted.pop(agent.span_id, None)
    if interrupted is not None:
        span, cancelled, end_time_ns = interrupted
        span.record_exception(error or cancelled)
        span.end(end_time_ns=end_time_ns)


def _agent_of(span: Span) -> Span | None:
    above = span.parent
    while above is not None and not (above.owner == OWNER and above.span_type == "AGENT" and above.is_recording):
        above = above.parent
    return above


def announce_requests() -> Callable[[], None]:
    """Let a client's plugin find the request that its call belongs to. Returns the undo."""
    return register_parent_resolver(_announced)


def _announced() -> Span | None:
    request: Any = opentelemetry_context.get_value(_KEY)
    return request.span if request is not None and request.is_awaited else None


def note_stream(function: Callable[..., Any], call: Call) -> Any:
    """Keep the stream of a request, for what it gave until it was broken off."""
    request = running.get()
    if request is not None:
        with guard("pydantic_ai: stream"):
            request.stream = call.args[1] if len(call.args) > 1 else call.kwargs["stream_response"]
    return function(*call.args, **call.kwargs)
