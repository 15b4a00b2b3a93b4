"""The AGENT span around a standard agent's own methods: request in, response out, reduced from the stream."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.reduce import StreamReducer
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse, validate_response
from spanloom.tracing import attributes
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanType

__all__ = ["RecordResponse", "ReduceEvents", "open_agent_span"]


def open_agent_span(name: str, request: ResponsesAgentRequest) -> Span:
    """Open the span of one request, and file its trace under the request's conversation and user."""
    span = open_span(name, SpanType.AGENT)
    if span.is_recording:
        span.set_inputs(request.model_dump(exclude_none=True))
        span.set_attribute(attributes.AGENT_NAME, name)
        if request.context is not None:
            trace = span.active_trace
            trace.session_id = trace.session_id or request.context.conversation_id
            trace.user = trace.user or request.context.user_id
    return span


class RecordResponse:
    """Records the response of a whole call, validated, as the span's outputs."""

    def complete(self, span: Span, result: Any) -> ResponsesAgentResponse:
        """Validate what the agent returned, and end the span.

        Raises:
            SchemaError: If it is no response.
        """
        try:
            response = validate_response(result)
        except ValueError as error:
            span.record_exception(error)
            span.end()
            raise
        _record(span, response.model_dump(exclude_none=True))
        span.end()
        return response


class ReduceEvents:
    """Records a stream of events as the response it describes."""

    __slots__ = ("_reducer",)

    def __init__(self) -> None:
        self._reducer = StreamReducer()

    def add(self, event: Any) -> None:
        """Take the next event."""
        self._reducer.add(event)

    def finish(self, span: Span) -> None:
        """Set the outputs."""
        _record(span, self._reducer.body())


def _record(span: Span, response: dict[str, Any]) -> None:
    span.set_outputs(response)
    usage = response.get("usage")
    if usage:
        span.set_token_usage(
            TokenUsage(
                usage.get("input_tokens"),
                usage.get("output_tokens"),
                usage.get("total_tokens"),
                (usage.get("input_tokens_details") or {}).get("cached_tokens") or None,
                (usage.get("input_tokens_details") or {}).get("cache_write_tokens") or None,
                (usage.get("output_tokens_details") or {}).get("reasoning_tokens") or None,
            )
        )
