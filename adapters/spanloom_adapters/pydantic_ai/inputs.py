"""Items of a request as Pydantic AI's messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from spanloom.errors import AgentError
from spanloom_adapters.pydantic_ai.content import text_of, user_content
from spanloom_adapters.pydantic_ai.provenance import provider_fields

__all__ = ["to_messages"]


def to_messages(items: Iterable[Mapping[str, Any]], provider: str | None = None) -> list[ModelMessage]:
    """Return Responses items as messages.

    An assistant's reasoning, message and function calls that follow each other are one `ModelResponse`, as the model
    wrote them in one turn. Approvals and the calls of hosted tools are left out: they are not for the model.

    Args:
        items: The items.
        provider: Whose model is asked: its files and its encrypted reasoning.

    Raises:
        AgentError: If an item means nothing here, or calls and their outputs do not fit together.
    """
    history = _History(provider)
    for item in items:
        history.add(item)
    history.check()
    return history.messages


class _History:
    def __init__(self, provider: str | None) -> None:
        self.messages: list[ModelMessage] = []
        self._provider = provider
        self._names: dict[str, str] = {}

    def add(self, item: Mapping[str, Any]) -> None:
        kind = item.get("type", "message")
        match kind:
            case "message":
                self._add_message(item)
            case "function_call":
                self._names[item["call_id"]] = item["name"]
                call = ToolCallPart(item["name"], item["arguments"], item["call_id"], **provider_fields(item))
                self._response().append(call)
            case "function_call_output":
                self._add_output(item)
            case "reasoning":
                self._add_reasoning(item)
            case _ if kind.startswith("mcp_") or kind.endswith("_call"):
                pass
            case _:
                raise AgentError(f"an item of type {kind!r} can't be given to a Pydantic AI agent")

    def check(self) -> None:
        # Pydantic AI would run them at once, whoever wrote them.
        last = self.messages[-1] if self.messages else None
        calls = last.tool_calls if isinstance(last, ModelResponse) else []
        if calls:
            ids = ", ".join(call.tool_call_id for call in calls)
            raise AgentError(f"the input ends with calls that have no output: send a function_call_output for {ids}")

    def _add_message(self, item: Mapping[str, Any]) -> None:
        match item["role"]:
            case "user":
                self._request().append(UserPromptPart(user_content(item["content"], self._provider)))
            case "assistant":
                parts = self._response()
                if any(isinstance(part, TextPart) for part in parts):
                    parts = self._begin_response()
                parts.append(TextPart(text_of(item["content"]), **provider_fields(item)))
            case _:
                self._request().append(SystemPromptPart(text_of(item["content"])))

    def _add_output(self, item: Mapping[str, Any]) -> None:
        call_id = item["call_id"]
        name = self._names.get(call_id)
        if name is None:
            raise AgentError(f"the function_call_output of {call_id!r} has no function_call before it")
        parts = self._request()
        # Models want results right after the calls.
        position = sum(isinstance(part, ToolReturnPart) for part in parts)
        parts.insert(position, ToolReturnPart(name, user_content(item["output"], self._provider), call_id))

    def _add_reasoning(self, item: Mapping[str, Any]) -> None:
        parts = self._response()
        if not all(isinstance(part, ThinkingPart) for part in parts):
            parts = self._begin_response()
        texts = [part["text"] for part in item.get("summary") or item.get("content") or ()]
        signature = item.get("encrypted_content")
        origin = provider_fields(item)
        if signature and not origin:
            origin = {"id": item.get("id"), "provider_name": self._provider}
        for position, text in enumerate(texts or [""]):
            parts.append(ThinkingPart(text, signature=None if position else signature, **origin))

    def _request(self) -> list[ModelRequestPart]:
        if not self.messages or not isinstance(self.messages[-1], ModelRequest):
            self.messages.append(ModelRequest([]))
        return self.messages[-1].parts  # type: ignore[return-value] # the list given above

    def _response(self) -> list[ModelResponsePart]:
        if self.messages and isinstance(self.messages[-1], ModelResponse):
            return self.messages[-1].parts  # type: ignore[return-value] # the list given below
        return self._begin_response()

    def _begin_response(self) -> list[ModelResponsePart]:
        parts: list[ModelResponsePart] = []
        self.messages.append(ModelResponse(parts))
        return parts
