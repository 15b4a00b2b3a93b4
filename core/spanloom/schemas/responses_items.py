"""Items of the Responses schema: messages, function calls and their outputs, reasoning, MCP approvals.

Field for field OpenAI's (https://platform.openai.com/docs/api-reference/responses/object), as MLflow's
`mlflow.types.responses` narrows them. An item of any other type (hosted tool calls, future types) passes
through untouched as `OtherItem`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, StrictBool, Tag

from spanloom.schemas.responses_content import MessageContent, OutputContent
from spanloom.schemas.wire import Text, WireModel, text_or_list

__all__ = [
    "FunctionCallOutput",
    "InputItems",
    "ItemStatus",
    "McpApprovalRequest",
    "McpApprovalResponse",
    "Message",
    "OtherItem",
    "OutputItems",
    "ResponseFunctionToolCall",
    "ResponseInputItem",
    "ResponseOutputItem",
    "ResponseOutputMessage",
    "ResponseReasoningItem",
    "Summary",
]

ItemStatus = Literal["in_progress", "completed", "incomplete"]
"""How far an item got."""


class Message(WireModel):
    """A message in a request; `content` is plain text or a non-empty list of parts."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[list[MessageContent], Field(min_length=1), Tag("<list>")],
        Discriminator(text_or_list),
    ]
    id: Text | None = None
    status: ItemStatus | None = None


class ResponseOutputMessage(WireModel):
    """A message that the agent wrote; its content has at least one part."""

    type: Literal["message"] = "message"
    id: Text
    role: Literal["assistant"] = "assistant"
    content: list[OutputContent] = Field(min_length=1)
    status: ItemStatus | None = None


class ResponseFunctionToolCall(WireModel):
    """The model asks for a function; `arguments` is the JSON text exactly as the model wrote it."""

    type: Literal["function_call"] = "function_call"
    call_id: Text
    name: Text
    arguments: Text
    id: Text | None = None
    status: ItemStatus | None = None


class FunctionCallOutput(WireModel):
    """What the function with this `call_id` returned: text, or content parts."""

    type: Literal["function_call_output"] = "function_call_output"
    call_id: Text
    output: Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[list[dict[str, Any]], Tag("<list>")],
        Discriminator(text_or_list),
    ]
    id: Text | None = None
    status: ItemStatus | None = None


class Summary(WireModel):
    """One paragraph of a reasoning summary."""

    type: Literal["summary_text"] = "summary_text"
    text: Text


class ResponseReasoningItem(WireModel):
    """The model's reasoning: a summary, sometimes the text itself or an encrypted form to send back."""

    type: Literal["reasoning"] = "reasoning"
    id: Text
    summary: list[Summary]
    content: list[dict[str, Any]] | None = None
    encrypted_content: Text | None = None
    status: ItemStatus | None = None


class McpApprovalRequest(WireModel):
    """An MCP tool call that waits for a person's approval."""

    type: Literal["mcp_approval_request"] = "mcp_approval_request"
    id: Text
    arguments: Text
    name: Text
    server_label: Text


class McpApprovalResponse(WireModel):
    """A person's answer to the approval request with the id `approval_request_id`."""

    type: Literal["mcp_approval_response"] = "mcp_approval_response"
    approval_request_id: Text
    approve: StrictBool
    id: Text | None = None
    reason: Text | None = None


class OtherItem(WireModel):
    """An item of any other type (`web_search_call`, `file_search_call`, …): kept as it is, unchecked."""

    type: Text


_TAGS = {
    "function_call": "<function_call>",
    "function_call_output": "<function_call_output>",
    "reasoning": "<reasoning>",
    "mcp_approval_request": "<mcp_approval_request>",
    "mcp_approval_response": "<mcp_approval_response>",
}
_OWN_TAGS: dict[type, str] = {
    Message: "<message>",
    ResponseOutputMessage: "<output_message>",
    ResponseFunctionToolCall: "<function_call>",
    FunctionCallOutput: "<function_call_output>",
    ResponseReasoningItem: "<reasoning>",
    McpApprovalRequest: "<mcp_approval_request>",
    McpApprovalResponse: "<mcp_approval_response>",
    OtherItem: "<other>",
}


def _input_tag(value: Any) -> str:
    if isinstance(value, dict):
        kind = value.get("type", "message")
        if isinstance(kind, str):
            return "<message>" if kind == "message" else _TAGS.get(kind, "<other>")
    return _OWN_TAGS.get(type(value), "<other>")


def _output_tag(value: Any) -> str:
    if isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str):
            return "<output_message>" if kind == "message" else _TAGS.get(kind, "<other>")
    return _OWN_TAGS.get(type(value), "<other>")


def _read_foreign_models(items: Any) -> Any:
    # Items of other libraries (openai's own types) are read like dicts, so that their errors have paths too.
    if not isinstance(items, list):
        return items
    if all(type(item) is dict or type(item) in _OWN_TAGS for item in items):
        return items
    return [
        item.model_dump(exclude_none=True) if isinstance(item, BaseModel) and type(item) not in _OWN_TAGS else item
        for item in items
    ]


ResponseInputItem = Annotated[
    Annotated[Message, Tag("<message>")]
    | Annotated[ResponseOutputMessage, Tag("<output_message>")]
    | Annotated[ResponseFunctionToolCall, Tag("<function_call>")]
    | Annotated[FunctionCallOutput, Tag("<function_call_output>")]
    | Annotated[ResponseReasoningItem, Tag("<reasoning>")]
    | Annotated[McpApprovalRequest, Tag("<mcp_approval_request>")]
    | Annotated[McpApprovalResponse, Tag("<mcp_approval_response>")]
    | Annotated[OtherItem, Tag("<other>")],
    Discriminator(_input_tag),
]
"""Any item of a request, told apart by `type`; without a type it is a message."""

ResponseOutputItem = Annotated[
    Annotated[ResponseOutputMessage, Tag("<output_message>")]
    | Annotated[ResponseFunctionToolCall, Tag("<function_call>")]
    | Annotated[FunctionCallOutput, Tag("<function_call_output>")]
    | Annotated[ResponseReasoningItem, Tag("<reasoning>")]
    | Annotated[McpApprovalRequest, Tag("<mcp_approval_request>")]
    | Annotated[McpApprovalResponse, Tag("<mcp_approval_response>")]
    | Annotated[OtherItem, Tag("<other>")],
    Discriminator(_output_tag),
]
"""Any item of a response, told apart by `type`."""

InputItems = Annotated[list[ResponseInputItem], BeforeValidator(_read_foreign_models)]
"""The items of a request; models of other libraries are read by their fields."""

OutputItems = Annotated[list[ResponseOutputItem], BeforeValidator(_read_foreign_models)]
"""The items of a response; models of other libraries are read by their fields."""
