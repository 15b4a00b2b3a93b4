"""Responses requests, responses and event streams to those of `ChatAgent`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from spanloom.schemas.chat_agent import ChatAgentChunk, ChatAgentMessage, ChatAgentRequest, ChatAgentResponse
from spanloom.schemas.converters.usage import responses_usage_to_chat
from spanloom.schemas.ids import new_message_id
from spanloom.schemas.responses import ResponsesAgentRequest, ResponsesAgentResponse
from spanloom.schemas.stream_event import TERMINAL_EVENTS, ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain

__all__ = ["ChatAgentChunker", "request_to_chat_agent", "response_to_chat_agent", "stream_to_chat_agent"]

_FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def request_to_chat_agent(request: ResponsesAgentRequest) -> ChatAgentRequest:
    """Return the request as a chat agent takes it; images and files become attachments."""
    messages = _messages([item.model_dump() for item in request.input_items()])
    if request.instructions:
        messages.insert(0, {"role": "system", "content": request.instructions, "id": new_message_id()})
    body = {
        **(request.model_extra or {}),
        "messages": messages,
        "context": request.context,
        "custom_inputs": request.custom_inputs,
        "stream": bool(request.stream),
    }
    return ChatAgentRequest.model_validate(body)


def response_to_chat_agent(response: ResponsesAgentResponse) -> ChatAgentResponse:
    """Return the response as a chat agent gives it.

    Calls that follow each other become one message; reasoning and hosted tool calls are left out.
    """
    body = {
        "messages": _messages([item.model_dump() for item in response.output]),
        "finish_reason": _finish_reason(response.model_dump(include={"status", "incomplete_details"})),
        "custom_outputs": response.custom_outputs,
        "usage": responses_usage_to_chat(response.usage),
    }
    return ChatAgentResponse.model_validate(body)


def stream_to_chat_agent(events: Iterable[ResponsesAgentStreamEvent]) -> Iterator[ChatAgentChunk]:
    """Yield the chunks that a chat agent gives for these events."""
    chunker = ChatAgentChunker()
    for event in events:
        yield from chunker.add(event)


class ChatAgentChunker:
    """The same one event at a time: text as it comes, calls and tool results when they are done."""

    __slots__ = ("_call_names", "_calls", "_custom_outputs", "_seen", "_speakers", "_streamed")

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._call_names: dict[str, str] = {}
        self._speakers: dict[str, dict[str, Any]] = {}
        self._streamed: set[str] = set()
        self._seen: set[str] = set()
        self._custom_outputs: dict[str, Any] = {}

    def add(self, event: ResponsesAgentStreamEvent) -> list[ChatAgentChunk]:
        """Take in the next event and return the chunks to send."""
        if event.custom_outputs:
            self._custom_outputs.update(event.custom_outputs)
        if event.type in {"response.output_text.delta", "response.refusal.delta"}:
            self._streamed.add(event.item_id)
            speaker = self._speakers.get(event.item_id, {})
            delta = {"role": "assistant", "content": event.delta, "id": event.item_id, **speaker}
            return [*self._waiting_calls(), _chunk(delta)]
        if event.type == "response.output_item.added":
            self._speakers[event.item.get("id", "")] = _speaker(event.item)
        if event.type == "response.output_item.done":
            return self._add_item(event.item)
        if event.type in TERMINAL_EVENTS:
            return [*self._waiting_calls(), self._last_chunk(event.response)]
        return []

    def _add_item(self, item: dict[str, Any]) -> list[ChatAgentChunk]:
        if item.get("type") in {"function_call", "mcp_approval_request"}:
            self._calls.append(item)
            return []
        chunks = self._waiting_calls()
        if item.get("type") == "message" and item.get("id") in self._streamed:
            return chunks
        return chunks + [_chunk(message) for message in _messages([item], self._call_names, self._seen)]

    def _waiting_calls(self) -> list[ChatAgentChunk]:
        if not self._calls:
            return []
        messages = _messages(self._calls, self._call_names, self._seen)
        self._calls = []
        return [_chunk(message) for message in messages]

    def _last_chunk(self, response: dict[str, Any]) -> ChatAgentChunk:
        outputs = {**self._custom_outputs, **(response.get("custom_outputs") or {})}
        body = {
            "delta": {"role": "assistant", "content": "", "id": self._last_id(response)},
            "finish_reason": _finish_reason(response),
            "custom_outputs": outputs or None,
            "usage": responses_usage_to_chat(response.get("usage")),
        }
        return ChatAgentChunk.model_validate(body)

    def _last_id(self, response: dict[str, Any]) -> str:
        messages = [item for item in response.get("output") or () if item.get("type") == "message"]
        return str(messages[-1]["id"]) if messages else new_message_id()


def _chunk(message: dict[str, Any]) -> ChatAgentChunk:
    return ChatAgentChunk(delta=ChatAgentMessage(**message))


def _finish_reason(response: Mapping[str, Any]) -> str | None:
    status = response.get("status")
    if status == "incomplete":
        reason = str((plain(response.get("incomplete_details")) or {}).get("reason"))
        return _FINISH_REASONS.get(reason, reason)
    return "error" if status == "failed" else "stop"


def _messages(
    items: list[dict[str, Any]], call_names: dict[str, str] | None = None, seen: set[str] | None = None
) -> list[dict[str, Any]]:
    names = call_names if call_names is not None else {}
    used = seen if seen is not None else set[str]()
    messages: list[dict[str, Any]] = []
    for item in items:
        kind = item.get("type", "message")
        if kind == "message":
            message = {"role": item["role"], "id": _fresh(item, used), **_content(item["content"])}
            messages.append(message | _attachments(item) | _speaker(item))
        elif kind in {"function_call", "mcp_approval_request"}:
            call_id = item.get("call_id") or item["id"]
            names[call_id] = item["name"]
            if not (messages and messages[-1].get("tool_calls")):
                messages.append({"role": "assistant", "content": "", "id": _fresh(item, used), "tool_calls": []})
            function = {"name": item["name"], "arguments": item["arguments"]}
            messages[-1]["tool_calls"].append({"id": call_id, "type": "function", "function": function})
        elif kind in {"function_call_output", "mcp_approval_response"}:
            messages.append(_tool_message(item, names, _fresh(item, used)))
    return messages


def _tool_message(item: dict[str, Any], names: dict[str, str], message_id: str) -> dict[str, Any]:
    if item["type"] == "mcp_approval_response":
        call_id, content = item["approval_request_id"], {"content": str(item["approve"])}
    else:
        call_id, output = item["call_id"], item["output"]
        content = _content(output) if isinstance(output, str) else {"content": json.dumps(output)}
    # A chat agent's tool message needs a name, also when the call was not part of the conversation.
    return {
        "role": "tool",
        "id": message_id,
        "name": names.get(call_id) or item.get("name") or "unknown",
        "tool_call_id": call_id,
        **content,
        **_attachments(item),
    }


def _attachments(item: dict[str, Any]) -> dict[str, Any]:
    # Not a field of Responses; the way from a chat agent leaves it on the item.
    return {"attachments": item["attachments"]} if "attachments" in item else {}


def _speaker(item: dict[str, Any]) -> dict[str, Any]:
    # Not a field of Responses either: agents of several speakers say who speaks.
    return {"name": item["name"]} if item.get("type", "message") == "message" and item.get("name") else {}


def _fresh(item: dict[str, Any], used: set[str]) -> str:
    # Ids of a chat agent's messages are unique; items of other libraries may share theirs.
    item_id = item.get("id")
    if item_id is None or item_id in used:
        item_id = new_message_id()
    used.add(item_id)
    return str(item_id)


def _content(content: str | list[dict[str, Any]]) -> dict[str, Any]:
    if isinstance(content, str):
        return {"content": content}
    text = "".join(part.get("text") or part.get("refusal") or "" for part in content)
    attachments = {}
    for position, part in enumerate(content):
        value = part.get("image_url") or part.get("file_url") or part.get("file_data") or part.get("file_id")
        if value is not None:
            attachments[f"{part['type'].removeprefix('input_')}_{position}"] = value
    return {"content": text, "attachments": attachments} if attachments else {"content": text}
