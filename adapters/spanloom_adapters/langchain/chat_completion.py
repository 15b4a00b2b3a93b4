"""Responses and their events as chat completions and chunks."""

from __future__ import annotations

import uuid
from typing import Any

from spanloom.schemas.chat_model import (
    ChatChoice,
    ChatChoiceDelta,
    ChatChunkChoice,
    ChatCompletionChunk,
    ChatCompletionResponse,
    ChatMessage,
    TokenUsageStats,
)
from spanloom.schemas.chat_tools import FunctionToolCallArguments, FunctionToolCallDelta, ToolCall, ToolCallDelta
from spanloom.schemas.converters.usage import responses_usage_to_chat
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["ChatCompletionChunker", "to_chat_completion"]

_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def to_chat_completion(response: dict[str, Any]) -> ChatCompletionResponse:
    """Return a response as a chat completion: all text, all refusals and all calls in one message."""
    output = response["output"]
    parts = [part for item in output if item["type"] == "message" for part in item["content"]]
    refusal = "".join(part["refusal"] for part in parts if part["type"] == "refusal")
    calls = [
        ToolCall(id=item["call_id"], function=FunctionToolCallArguments(name=item["name"], arguments=item["arguments"]))
        for item in output
        if item["type"] == "function_call"
    ]
    text = "".join(part["text"] for part in parts if part["type"] == "output_text")
    message = ChatMessage(
        role="assistant",
        content=text or (None if refusal or calls else ""),
        refusal=None if text else refusal or None,
        tool_calls=calls or None,
    )
    return ChatCompletionResponse(
        id=_new_id(),
        model=response.get("model") or None,
        choices=[ChatChoice(message=message, finish_reason=_finish_reason(response))],
        **_ending(response),
    )


class ChatCompletionChunker:
    """Takes the events of a response, one at a time, and returns the chunks to send; all have one id."""

    def __init__(self) -> None:
        self._id = _new_id()
        self._model: str | None = None
        self._calls: dict[str, int] = {}

    def add(self, event: ResponsesAgentStreamEvent) -> list[ChatCompletionChunk]:
        """Take the next event."""
        match event.type:
            case "response.created":
                self._model = event.response.get("model") or None
            case "response.output_text.delta":
                return [self._chunk(content=event.delta)]
            case "response.refusal.delta":
                return [self._chunk(refusal=event.delta)]
            case "response.output_item.added" if event.item["type"] == "function_call":
                return [self._call(event.item)]
            case "response.function_call_arguments.delta":
                function = FunctionToolCallDelta(arguments=event.delta)
                return [self._chunk(tool_calls=[ToolCallDelta(index=self._calls[event.item_id], function=function)])]
            case "response.completed" | "response.incomplete" | "response.failed":
                return [self._chunk(_finish_reason(event.response), **_ending(event.response))]
        return []

    def _call(self, item: dict[str, Any]) -> ChatCompletionChunk:
        index = self._calls[item["id"]] = len(self._calls)
        function = FunctionToolCallDelta(name=item["name"], arguments="")
        return self._chunk(
            tool_calls=[ToolCallDelta(index=index, id=item["call_id"], type="function", function=function)]
        )

    def _chunk(
        self, finish_reason: str | None = None, usage: Any = None, custom_outputs: Any = None, **delta: Any
    ) -> ChatCompletionChunk:
        return ChatCompletionChunk(
            id=self._id,
            model=self._model,
            choices=[ChatChunkChoice(delta=ChatChoiceDelta(**delta), finish_reason=finish_reason)],
            usage=usage,
            custom_outputs=custom_outputs,
        )


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


def _ending(response: dict[str, Any]) -> dict[str, Any]:
    usage = responses_usage_to_chat(response.get("usage"))
    return {"usage": usage and TokenUsageStats(**usage), "custom_outputs": response.get("custom_outputs")}


def _finish_reason(response: dict[str, Any]) -> str:
    if response["status"] == "failed":
        return "error"
    reason: str | None = (response.get("incomplete_details") or {}).get("reason")
    if reason:
        return _REASONS.get(reason, reason)
    return "tool_calls" if any(item["type"] == "function_call" for item in response["output"]) else "stop"
