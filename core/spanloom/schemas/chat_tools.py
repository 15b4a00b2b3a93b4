"""Tools of chat completions: their definitions, the model's calls of them, and token log probabilities.

Field for field OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), under the
names of MLflow's `mlflow.types.llm`.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal

from pydantic import Field

from spanloom.schemas.wire import FiniteFloat, Text, WireModel

__all__ = [
    "ChatChoiceLogProbs",
    "FunctionToolCallArguments",
    "FunctionToolCallDelta",
    "FunctionToolDefinition",
    "ParamProperty",
    "ParamType",
    "TokenLogProb",
    "ToolCall",
    "ToolCallDelta",
    "ToolDefinition",
    "ToolParamsSchema",
    "TopTokenLogProb",
]

ParamType = Literal["string", "number", "integer", "object", "array", "boolean", "null"]
"""The types of JSON Schema."""


class FunctionToolCallArguments(WireModel):
    """Which function the model calls; `arguments` is the JSON text exactly as the model wrote it."""

    name: Text
    arguments: Text

    def to_tool_call(self, id: str | None = None) -> ToolCall:  # noqa: A002 - the established name
        """Return the call with an id, a fresh one unless given."""
        return ToolCall(function=self) if id is None else ToolCall(function=self, id=id)


class ToolCall(WireModel):
    """The model asks for a function; the tool message with its result names this `id`."""

    id: Text = Field(default_factory=lambda: str(uuid.uuid4()))
    type: Text = "function"
    function: FunctionToolCallArguments


class FunctionToolCallDelta(WireModel):
    """A piece of a call: the name comes once, the arguments in pieces."""

    name: Text | None = None
    arguments: Text | None = None


class ToolCallDelta(WireModel):
    """A piece of the call number `index` of a streamed message; the id comes with its first piece."""

    index: int | None = None
    id: Text | None = None
    type: Text | None = None
    function: FunctionToolCallDelta | None = None


class ParamProperty(WireModel):
    """The JSON Schema of one parameter; keywords that are not listed here are kept."""

    type: ParamType | list[ParamType] | None = None
    description: Text | None = None
    enum: list[Any] | None = None
    items: ParamProperty | None = None


class ToolParamsSchema(WireModel):
    """The JSON Schema of a function's parameters."""

    type: Literal["object"] = "object"
    properties: dict[str, ParamProperty]
    required: list[Text] | None = None
    additionalProperties: bool | None = None  # noqa: N815 - JSON Schema's own spelling


class FunctionToolDefinition(WireModel):
    """A function that the model may call."""

    name: Text
    description: Text | None = None
    parameters: ToolParamsSchema | None = None
    strict: bool = False

    def to_tool_definition(self) -> ToolDefinition:
        """Return the function as a tool."""
        return ToolDefinition(function=self)


class ToolDefinition(WireModel):
    """A tool that the model may call."""

    type: Literal["function"] = "function"
    function: FunctionToolDefinition


class TopTokenLogProb(WireModel):
    """A token the model might have written here, with its natural log probability."""

    token: Text
    logprob: FiniteFloat
    bytes: list[int] | None = None


class TokenLogProb(TopTokenLogProb):
    """A token the model wrote, and the likeliest ones at its place."""

    top_logprobs: list[TopTokenLogProb]


class ChatChoiceLogProbs(WireModel):
    """Log probabilities of a choice's content, token by token."""

    content: list[TokenLogProb] | None = None
