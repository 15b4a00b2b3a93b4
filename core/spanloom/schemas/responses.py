"""Request and response of the standard agent interface: the OpenAI Responses API plus custom inputs and outputs.

Wire-compatible with MLflow's `mlflow.types.responses` and, when complete, with the `openai` package's own types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Tag

from spanloom.schemas.responses_items import (
    InputItems,
    Message,
    OutputItems,
    ResponseInputItem,
)
from spanloom.schemas.validation import validate
from spanloom.schemas.wire import FiniteFloat, Text, plain

__all__ = [
    "ChatContext",
    "IncompleteDetails",
    "InputTokensDetails",
    "OutputTokensDetails",
    "ReasoningParams",
    "ResponseError",
    "ResponseUsage",
    "ResponsesAgentRequest",
    "ResponsesAgentResponse",
    "validate_request",
    "validate_response",
]


class ChatContext(BaseModel):
    """Whose conversation a request belongs to; requests share state only when they name the same conversation."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    conversation_id: Text | None = None
    user_id: Text | None = None


class ReasoningParams(BaseModel):
    """How much a reasoning model should think, and what it should tell about it."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    effort: Text | None = None
    generate_summary: Text | None = None


def _text_or_items(value: Any) -> str:
    return "<text>" if isinstance(value, str) else "<items>"


class ResponsesAgentRequest(BaseModel):
    """A request to an agent. Fields that are not listed here are kept.

    `input` is a list of items, or plain text that means one user message (see `input_items`).

    Example:
        >>> request = ResponsesAgentRequest(input="hi", context={"conversation_id": "c1"})
        >>> request.input_items()[0].role
        'user'
    """

    model_config = ConfigDict(extra="allow", defer_build=True)

    input: Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[InputItems, Tag("<items>")],
        Discriminator(_text_or_items),
    ]
    custom_inputs: dict[str, Any] | None = None
    context: ChatContext | None = None
    instructions: Text | None = None
    model: Text | None = None
    previous_response_id: Text | None = None
    tool_choice: Any = None
    truncation: Text | None = None
    max_output_tokens: int | None = None
    metadata: dict[str, Text] | None = None
    parallel_tool_calls: bool | None = None
    tools: list[dict[str, Any]] | None = None
    reasoning: ReasoningParams | None = None
    store: bool | None = None
    stream: bool | None = None
    temperature: FiniteFloat | None = None
    text: Any = None
    top_p: FiniteFloat | None = None
    user: Text | None = None
    background: bool | None = None

    def input_items(self) -> list[ResponseInputItem]:
        """Return the input as items; plain text becomes one user message."""
        if isinstance(self.input, str):
            return [Message(role="user", content=self.input)]
        return self.input


class InputTokensDetails(BaseModel):
    """How many of the input tokens came from, or went into, the provider's prompt cache."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    cached_tokens: int
    cache_write_tokens: int = 0


class OutputTokensDetails(BaseModel):
    """How many of the output tokens were reasoning."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    reasoning_tokens: int


class ResponseUsage(BaseModel):
    """Tokens used by all model calls of a response."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class ResponseError(BaseModel):
    """Why a response failed."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    code: Text | None = None
    message: Text


class IncompleteDetails(BaseModel):
    """Why a response is incomplete: OpenAI's `max_output_tokens` or `content_filter`, or a word of the agent."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    reason: Text | None = None


class ResponsesAgentResponse(BaseModel):
    """The answer of an agent: output items in the order they came about.

    Only `output` is required; a complete response (see `create_response`) also validates against the
    `openai` package's `Response`. Fields that are not listed here are kept.
    """

    model_config = ConfigDict(extra="allow", defer_build=True)

    output: OutputItems
    id: Text | None = None
    created_at: FiniteFloat | int | None = None
    error: ResponseError | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: Any = None
    metadata: dict[str, Text] | None = None
    model: Text | None = None
    object: Literal["response"] = "response"
    parallel_tool_calls: bool | None = None
    temperature: FiniteFloat | None = None
    tools: list[dict[str, Any]] | None = None
    top_p: FiniteFloat | None = None
    max_output_tokens: int | None = None
    previous_response_id: Text | None = None
    reasoning: ReasoningParams | None = None
    status: Text | None = None
    text: Any = None
    usage: ResponseUsage | None = None
    user: Text | None = None
    tool_choice: Any = None
    truncation: Text | None = None
    custom_outputs: dict[str, Any] | None = None

    @property
    def output_text(self) -> str:
        """All text that the agent wrote, joined; refusals are not text. Items put in as dicts later count too."""
        bodies = (plain(item) for item in self.output)
        return "".join(
            part["text"]
            for body in bodies
            if body.get("type") == "message"
            for part in map(plain, body["content"])
            if part.get("type") == "output_text"
        )


def validate_request(value: ResponsesAgentRequest | Mapping[str, Any] | BaseModel) -> ResponsesAgentRequest:
    """Return `value` as a request; a request is returned as it is.

    Raises:
        SchemaError: The value does not fit; the message names every field path.
    """
    return validate(value, ResponsesAgentRequest)


def validate_response(value: ResponsesAgentResponse | Mapping[str, Any] | BaseModel) -> ResponsesAgentResponse:
    """Return `value` as a response; also reads the `openai` package's `Response`.

    Raises:
        SchemaError: The value does not fit; the message names every field path.
    """
    return validate(value, ResponsesAgentResponse)
