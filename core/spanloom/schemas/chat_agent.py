"""Requests, messages and chunks of `ChatAgent`, wire-compatible with MLflow's `mlflow.types.agent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from spanloom.schemas.chat_tools import ToolCall
from spanloom.schemas.responses import ChatContext
from spanloom.schemas.validation import validate
from spanloom.schemas.wire import Text

__all__ = [
    "ChatAgentChunk",
    "ChatAgentMessage",
    "ChatAgentRequest",
    "ChatAgentResponse",
    "ChatUsage",
    "validate_chat_agent_chunk",
    "validate_chat_agent_request",
    "validate_chat_agent_response",
]


class _ChatAgentModel(BaseModel):
    model_config = ConfigDict(extra="allow", defer_build=True)

    def model_dump_compat(self, **options: Any) -> dict[str, Any]:
        """Return `model_dump(**options)`; the name that MLflow's examples use."""
        return self.model_dump(**options)


class ChatUsage(_ChatAgentModel):
    """Tokens used by all model calls of an agent's answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatAgentMessage(_ChatAgentModel):
    """A message of a conversation with an agent.

    It has content or tool calls; a tool's message also has the tool's `name` and the `tool_call_id` it answers.
    Messages that an agent gives have an `id`, the same one for all chunks of a message.

    Example:
        >>> ChatAgentMessage(role="assistant", content="3!", id="m1").content
        '3!'
    """

    role: Text
    content: Text | None = None
    name: Text | None = None
    id: Text | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: Text | None = None
    attachments: dict[Text, Text] | None = None

    @model_validator(mode="after")
    def _check_content(self) -> Self:
        if self.content is None and not self.tool_calls:
            raise ValueError("needs 'content' or 'tool_calls'")
        if self.role == "tool" and (self.name is None or self.tool_call_id is None):
            raise ValueError("a message with role 'tool' needs both 'name' and 'tool_call_id'")
        return self


class ChatAgentRequest(_ChatAgentModel):
    """A request to a chat agent. Fields that are not listed here are kept."""

    messages: list[ChatAgentMessage]
    context: ChatContext | None = None
    custom_inputs: dict[str, Any] | None = None
    stream: bool | None = False


class ChatAgentResponse(_ChatAgentModel):
    """The answer of a chat agent: its new messages, each with an id of its own. Assignments are checked too."""

    model_config = ConfigDict(extra="allow", validate_assignment=True, defer_build=True)

    messages: list[ChatAgentMessage]
    finish_reason: Text | None = None
    custom_outputs: dict[str, Any] | None = None
    usage: ChatUsage | None = None

    @field_validator("messages")
    @classmethod
    def _check_ids(cls, messages: list[ChatAgentMessage]) -> list[ChatAgentMessage]:
        seen: dict[str, int] = {}
        for position, message in enumerate(messages):
            if message.id is None:
                raise ValueError(f"messages[{position}].id is missing; every message of an answer needs an id")
            if message.id in seen:
                first = seen[message.id]
                raise ValueError(f"messages[{first}] and messages[{position}] have the same id; make them unique")
            seen[message.id] = position
        return messages


class ChatAgentChunk(_ChatAgentModel):
    """A piece of a chat agent's answer; chunks of one message share its id. Assignments are checked too."""

    model_config = ConfigDict(extra="allow", validate_assignment=True, defer_build=True)

    delta: ChatAgentMessage
    finish_reason: Text | None = None
    custom_outputs: dict[str, Any] | None = None
    usage: ChatUsage | None = None

    @field_validator("delta")
    @classmethod
    def _check_id(cls, delta: ChatAgentMessage) -> ChatAgentMessage:
        if delta.id is None:
            raise ValueError("delta.id is missing; the chunks of a message share its id")
        return delta


def validate_chat_agent_request(value: ChatAgentRequest | Mapping[str, Any] | BaseModel) -> ChatAgentRequest:
    """Return `value` as a chat agent's request, or raise `SchemaError` with every field path."""
    return validate(value, ChatAgentRequest)


def validate_chat_agent_response(
    value: ChatAgentResponse | Mapping[str, Any] | BaseModel,
) -> ChatAgentResponse:
    """Return `value` as a chat agent's response, or raise `SchemaError` with every field path."""
    return validate(value, ChatAgentResponse)


def validate_chat_agent_chunk(value: ChatAgentChunk | Mapping[str, Any] | BaseModel) -> ChatAgentChunk:
    """Return `value` as a chat agent's chunk, or raise `SchemaError` with every field path."""
    return validate(value, ChatAgentChunk)
