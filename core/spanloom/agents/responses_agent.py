"""The standard agent: what people subclass and what `spanloom.wrap` returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.agents.interface import Interface
from spanloom.agents.standard_agent import StandardAgent
from spanloom.agents.tracing import describe_context
from spanloom.errors import SchemaError
from spanloom.schemas import construct
from spanloom.schemas.converters.chat_stream_to_responses import output_to_responses_items_stream
from spanloom.schemas.converters.responses_to_chat import to_chat_completions_input
from spanloom.schemas.reduce import StreamReducer
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    validate_request,
    validate_response,
)
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent, validate_event
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage

__all__ = ["ResponsesAgent"]


def _request_of(args: tuple[Any, ...], fields: dict[str, Any]) -> ResponsesAgentRequest:
    if len(args) == 1 and not fields:
        return validate_request(args[0])
    if not args and set(fields) == {"request"} and isinstance(fields["request"], Mapping | BaseModel):
        return validate_request(fields["request"])
    if not args and fields:
        return validate_request(fields)
    raise SchemaError(
        "an agent takes one request: predict({'input': 'hi'}), predict(ResponsesAgentRequest(input='hi')) "
        f"or predict(input='hi'); got {len(args)} positional and {len(fields)} keyword arguments"
    )


def _events(response: ResponsesAgentResponse) -> list[ResponsesAgentStreamEvent]:
    fields = response.model_dump(exclude_none=True)
    output, status = fields.pop("output"), fields.pop("status", None) or "completed"
    builder = ResponseStreamBuilder(**fields)
    events = builder.start()
    for item in output:
        events += builder.item(item)
    return events + builder.finish(status)


def _record(span: Span, response: dict[str, Any]) -> None:
    usage = response.get("usage")
    if usage:
        inputs, outputs = usage.get("input_tokens_details") or {}, usage.get("output_tokens_details") or {}
        span.set_token_usage(
            TokenUsage(
                usage.get("input_tokens"),
                usage.get("output_tokens"),
                usage.get("total_tokens"),
                inputs.get("cached_tokens") or None,
                inputs.get("cache_write_tokens") or None,
                outputs.get("reasoning_tokens") or None,
            )
        )


class ResponsesAgent(StandardAgent[ResponsesAgentResponse, ResponsesAgentStreamEvent]):
    """An agent that speaks the OpenAI Responses schema.

    Define any one of `predict`, `predict_stream`, `apredict` and `apredict_stream` (or several); the others are
    derived from it. Each takes one `ResponsesAgentRequest` in the subclass, and is called with a request, a dict, or
    keyword arguments. Responses and events may be given as dicts; they are validated. Every call is traced as an AGENT
    span. A stream ends with one `response.completed`, `response.incomplete` or `response.failed`; after the last, the
    agent's exception is raised.

    Example:
        >>> class Echo(spanloom.ResponsesAgent):
        ...     def predict(self, request):
        ...         text = request.input_items()[-1].content
        ...         return {"output": [self.create_text_output_item(text, "msg_1")]}
        >>> Echo().predict(input="hi").output_text
        'hi'
    """

    interface = Interface(
        request_of=_request_of,
        arguments=lambda request: (request,),
        validate_response=validate_response,
        validate_event=validate_event,
        reducer=StreamReducer,
        events=_events,
        describe=describe_context,
        record=_record,
    )

    # The established names for building items and events, and for talking to a chat completions model.
    create_text_output_item = staticmethod(construct.create_text_output_item)
    create_text_delta = staticmethod(construct.create_text_delta)
    create_annotation_added = staticmethod(construct.create_annotation_added)
    create_reasoning_item = staticmethod(construct.create_reasoning_item)
    create_function_call_item = staticmethod(construct.create_function_call_item)
    create_function_call_output_item = staticmethod(construct.create_function_call_output_item)
    create_mcp_approval_request_item = staticmethod(construct.create_mcp_approval_request_item)
    create_mcp_approval_response_item = staticmethod(construct.create_mcp_approval_response_item)
    prep_msgs_for_cc_llm = staticmethod(to_chat_completions_input)
    output_to_responses_items_stream = staticmethod(output_to_responses_items_stream)
