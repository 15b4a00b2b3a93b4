"""The AGENT span around a standard agent's own methods: request in, response out, reduced from the stream."""

from __future__ import annotations

from typing import Any

from spanloom.agents.interface import Interface
from spanloom.tracing import attributes
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanType

__all__ = ["RecordResponse", "ReduceEvents", "describe_context", "open_agent_span"]


def open_agent_span(name: str, request: Any, interface: Interface) -> Span:
    """Open the span of one request."""
    span = open_span(name, SpanType.AGENT)
    if span.is_recording:
        span.set_inputs(request.model_dump(exclude_none=True))
        span.set_attribute(attributes.AGENT_NAME, name)
        interface.describe(span, request)
    return span


def describe_context(span: Span, request: Any) -> None:
    """File the trace under the conversation and the user that a request's context names."""
    if request.context is not None:
        trace = span.active_trace
        trace.session_id = trace.session_id or request.context.conversation_id
        trace.user = trace.user or request.context.user_id


class RecordResponse:
    """Records the response of a whole call, validated, as the span's outputs."""

    __slots__ = ("_interface",)

    def __init__(self, interface: Interface) -> None:
        self._interface = interface

    def complete(self, span: Span, result: Any) -> Any:
        """Validate what the agent returned, and end the span.

        Raises:
            SchemaError: If it is no response.
        """
        try:
            response = self._interface.validate_response(result)
        except ValueError as error:
            span.record_exception(error)
            span.end()
            raise
        if span.is_recording:
            body = response.model_dump(exclude_none=True)
            span.set_outputs(body)
            self._interface.record(span, body)
        span.end()
        return response


class ReduceEvents:
    """Records a stream of events as the response it describes."""

    __slots__ = ("_interface", "_reducer")

    def __init__(self, interface: Interface) -> None:
        self._interface = interface
        self._reducer = interface.reducer()

    def add(self, event: Any) -> None:
        """Take the next event."""
        self._reducer.add(event)

    def finish(self, span: Span) -> None:
        """Set the outputs."""
        body = self._reducer.body()
        span.set_outputs(body)
        self._interface.record(span, body)
