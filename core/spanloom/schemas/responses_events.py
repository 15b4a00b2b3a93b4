"""The events of a Responses stream, one model per type, as OpenAI's streaming reference defines them.

https://platform.openai.com/docs/api-reference/responses-streaming

These models only check what people write by hand (`validate_event`); a stream itself is made of
`ResponsesAgentStreamEvent`. What an agent's author may leave to spanloom (`sequence_number`, `output_index`,
`content_index`) is optional here, as it is for MLflow.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.responses_content import Annotation
from spanloom.schemas.responses_items import ResponseOutputItem
from spanloom.schemas.wire import Text, WireModel

__all__ = ["EVENT_MODELS"]


class _Event(WireModel):
    model_config = ConfigDict(extra="allow", defer_build=True)

    sequence_number: int | None = None
    custom_outputs: dict[str, Any] | None = None


class _ResponseEvent(_Event):
    response: ResponsesAgentResponse


class ResponseCreatedEvent(_ResponseEvent):
    """The response exists; its output is still empty."""

    type: Literal["response.created"]


class ResponseQueuedEvent(_ResponseEvent):
    """The response waits for its turn."""

    type: Literal["response.queued"]


class ResponseInProgressEvent(_ResponseEvent):
    """The agent works on the response."""

    type: Literal["response.in_progress"]


class ResponseCompletedEvent(_ResponseEvent):
    """The last event of a stream that went well; holds the whole response."""

    type: Literal["response.completed"]


class ResponseIncompleteEvent(_ResponseEvent):
    """The last event of a stream that stopped early, for the reason in `incomplete_details`."""

    type: Literal["response.incomplete"]


class ResponseFailedEvent(_ResponseEvent):
    """The last event of a stream that failed; `response.error` says why."""

    type: Literal["response.failed"]


class ResponseErrorEvent(_Event):
    """The stream failed."""

    type: Literal["error"]
    message: Text
    code: Text | None = None
    param: Text | None = None


class _OutputEvent(_Event):
    output_index: int | None = None


class ResponseOutputItemAddedEvent(_OutputEvent):
    """A new item begins; its content is still empty, so it is not checked like a finished one."""

    type: Literal["response.output_item.added"]
    item: dict[str, Any]


class ResponseOutputItemDoneEvent(_OutputEvent):
    """An item is finished; holds the whole item."""

    type: Literal["response.output_item.done"]
    item: ResponseOutputItem


class _ItemEvent(_OutputEvent):
    item_id: Text


class _ContentEvent(_ItemEvent):
    content_index: int | None = None


class ResponseContentPartAddedEvent(_ContentEvent):
    """A new part of an item's content begins."""

    type: Literal["response.content_part.added"]
    part: dict[str, Any]


class ResponseContentPartDoneEvent(_ContentEvent):
    """A part of an item's content is finished."""

    type: Literal["response.content_part.done"]
    part: dict[str, Any]


class ResponseTextDeltaEvent(_ContentEvent):
    """More text."""

    type: Literal["response.output_text.delta"]
    delta: Text


class ResponseTextDoneEvent(_ContentEvent):
    """A text part is finished; `text` equals its joined deltas."""

    type: Literal["response.output_text.done"]
    text: Text


class ResponseOutputTextAnnotationAddedEvent(_ContentEvent):
    """An annotation of a text part."""

    type: Literal["response.output_text.annotation.added"]
    annotation: Annotation
    annotation_index: int | None = None


class ResponseRefusalDeltaEvent(_ContentEvent):
    """More of a refusal."""

    type: Literal["response.refusal.delta"]
    delta: Text


class ResponseRefusalDoneEvent(_ContentEvent):
    """A refusal is finished."""

    type: Literal["response.refusal.done"]
    refusal: Text


class ResponseFunctionCallArgumentsDeltaEvent(_ItemEvent):
    """More of a function call's arguments, JSON text in the making."""

    type: Literal["response.function_call_arguments.delta"]
    delta: Text


class ResponseFunctionCallArgumentsDoneEvent(_ItemEvent):
    """A function call's arguments are finished."""

    type: Literal["response.function_call_arguments.done"]
    arguments: Text
    name: Text | None = None


class _SummaryEvent(_ItemEvent):
    summary_index: int | None = None


class ResponseReasoningSummaryPartAddedEvent(_SummaryEvent):
    """A new paragraph of a reasoning summary begins."""

    type: Literal["response.reasoning_summary_part.added"]
    part: dict[str, Any]


class ResponseReasoningSummaryPartDoneEvent(_SummaryEvent):
    """A paragraph of a reasoning summary is finished."""

    type: Literal["response.reasoning_summary_part.done"]
    part: dict[str, Any]


class ResponseReasoningSummaryTextDeltaEvent(_SummaryEvent):
    """More of a reasoning summary."""

    type: Literal["response.reasoning_summary_text.delta"]
    delta: Text


class ResponseReasoningSummaryTextDoneEvent(_SummaryEvent):
    """The text of a reasoning summary's paragraph is finished."""

    type: Literal["response.reasoning_summary_text.done"]
    text: Text


class ResponseReasoningTextDeltaEvent(_ContentEvent):
    """More of the reasoning itself."""

    type: Literal["response.reasoning_text.delta"]
    delta: Text


class ResponseReasoningTextDoneEvent(_ContentEvent):
    """The reasoning itself is finished."""

    type: Literal["response.reasoning_text.done"]
    text: Text


EVENT_MODELS: dict[str, type[_Event]] = {
    "error": ResponseErrorEvent,
    "response.completed": ResponseCompletedEvent,
    "response.content_part.added": ResponseContentPartAddedEvent,
    "response.content_part.done": ResponseContentPartDoneEvent,
    "response.created": ResponseCreatedEvent,
    "response.failed": ResponseFailedEvent,
    "response.function_call_arguments.delta": ResponseFunctionCallArgumentsDeltaEvent,
    "response.function_call_arguments.done": ResponseFunctionCallArgumentsDoneEvent,
    "response.in_progress": ResponseInProgressEvent,
    "response.incomplete": ResponseIncompleteEvent,
    "response.output_item.added": ResponseOutputItemAddedEvent,
    "response.output_item.done": ResponseOutputItemDoneEvent,
    "response.output_text.annotation.added": ResponseOutputTextAnnotationAddedEvent,
    "response.output_text.delta": ResponseTextDeltaEvent,
    "response.output_text.done": ResponseTextDoneEvent,
    "response.queued": ResponseQueuedEvent,
    "response.reasoning_summary_part.added": ResponseReasoningSummaryPartAddedEvent,
    "response.reasoning_summary_part.done": ResponseReasoningSummaryPartDoneEvent,
    "response.reasoning_summary_text.delta": ResponseReasoningSummaryTextDeltaEvent,
    "response.reasoning_summary_text.done": ResponseReasoningSummaryTextDoneEvent,
    "response.reasoning_text.delta": ResponseReasoningTextDeltaEvent,
    "response.reasoning_text.done": ResponseReasoningTextDoneEvent,
    "response.refusal.delta": ResponseRefusalDeltaEvent,
    "response.refusal.done": ResponseRefusalDoneEvent,
}
"""The model of every known event type; events of other types pass through unchecked."""
