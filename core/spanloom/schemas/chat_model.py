"""Chat completion requests, responses and chunks, as `ChatModel` takes and gives them.

Field for field OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat) plus
`custom_inputs` and `custom_outputs`, under the names and with the defaults of MLflow's `mlflow.types.llm`.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from spanloom.schemas.chat_tools import ChatChoiceLogProbs, ToolCall, ToolCallDelta, ToolDefinition
from spanloom.schemas.validation import validate
from spanloom.schemas.wire import FiniteFloat, Text, WireModel, text_or_list

__all__ = [
    "ChatChoice",
    "ChatChoiceDelta",
    "ChatChunkChoice",
    "ChatCompletionChunk",
    "ChatCompletionRequest",
    "ChatCompletionResponse",
    "ChatMessage",
    "ChatParams",
    "TokenUsageStats",
]


class _ChatWireModel(WireModel):
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read the wire dict; the same as `model_validate`, but raises `SchemaError`."""
        return validate(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """Return the wire dict without absent fields."""
        return self.model_dump()


class ChatMessage(_ChatWireModel):
    """A message of a chat: content (text or parts), a refusal, or tool calls."""

    role: Text
    content: (
        Annotated[
            Annotated[Text, Tag("<text>")] | Annotated[list[dict[str, Any]], Tag("<list>")],
            Discriminator(text_or_list),
        ]
        | None
    ) = None
    refusal: Text | None = None
    name: Text | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: Text | None = None

    @model_validator(mode="after")
    def _check_content(self) -> Self:
        if self.refusal and self.content:
            raise ValueError("'content' and 'refusal' exclude each other")
        if self.content is None and not self.refusal and not self.tool_calls:
            raise ValueError("needs 'content', 'refusal' or 'tool_calls'")
        return self


class ChatParams(_ChatWireModel):
    """How the model should answer; the parameters of a chat completion without its messages."""

    temperature: FiniteFloat = 1.0
    max_tokens: int | None = None
    stop: list[Text] | None = None
    n: int = 1
    stream: bool = False
    top_p: FiniteFloat | None = None
    top_k: int | None = None
    frequency_penalty: FiniteFloat | None = None
    presence_penalty: FiniteFloat | None = None
    custom_inputs: dict[Text, Any] | None = None
    tools: list[ToolDefinition] | None = None


class ChatCompletionRequest(ChatParams):
    """A chat completion request."""

    messages: list[ChatMessage]


class TokenUsageStats(_ChatWireModel):
    """Tokens used by a chat completion."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


class ChatChoice(_ChatWireModel):
    """One answer of a chat completion."""

    message: ChatMessage
    index: int = 0
    finish_reason: Text = "stop"
    logprobs: ChatChoiceLogProbs | None = None


class ChatCompletionResponse(_ChatWireModel):
    """A chat completion; `created` is in seconds since 1970."""

    choices: list[ChatChoice]
    usage: TokenUsageStats | None = None
    id: Text | None = None
    model: Text | None = None
    object: Text = "chat.completion"
    created: int = Field(default_factory=lambda: int(time.time()))
    custom_outputs: dict[str, Any] | None = None


class ChatChoiceDelta(_ChatWireModel):
    """What a chunk adds to a choice's message."""

    role: Text | None = "assistant"
    content: Text | None = None
    refusal: Text | None = None
    name: Text | None = None
    tool_calls: list[ToolCallDelta] | None = None


class ChatChunkChoice(_ChatWireModel):
    """One choice's share of a chunk."""

    delta: ChatChoiceDelta
    index: int = 0
    finish_reason: Text | None = None
    logprobs: ChatChoiceLogProbs | None = None


class ChatCompletionChunk(_ChatWireModel):
    """One piece of a streamed chat completion."""

    choices: list[ChatChunkChoice]
    usage: TokenUsageStats | None = None
    id: Text | None = None
    model: Text | None = None
    object: Text = "chat.completion.chunk"
    created: int = Field(default_factory=lambda: int(time.time()))
    custom_outputs: dict[str, Any] | None = None
