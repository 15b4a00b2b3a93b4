"""Helper constructors of Responses items and events, with MLflow's names and exactly its outputs (plain dicts)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from spanloom.schemas.ids import (
    new_function_call_id,
    new_function_call_output_id,
    new_mcp_approval_id,
    new_message_id,
    new_reasoning_id,
    new_response_id,
)

__all__ = [
    "complete_item",
    "create_annotation_added",
    "create_function_call_item",
    "create_function_call_output_item",
    "create_mcp_approval_request_item",
    "create_mcp_approval_response_item",
    "create_reasoning_item",
    "create_response",
    "create_text_delta",
    "create_text_output_item",
]

_ID_MAKERS = {
    "message": new_message_id,
    "function_call": new_function_call_id,
    "function_call_output": new_function_call_output_id,
    "reasoning": new_reasoning_id,
    "mcp_approval_request": new_mcp_approval_id,
    "mcp_approval_response": new_mcp_approval_id,
}
_WITH_STATUS = frozenset({"message", "function_call", "function_call_output", "reasoning"})


def create_text_output_item(text: str, id: str, annotations: list[dict[str, Any]] | None = None) -> dict[str, Any]:  # noqa: A002 - the established name
    """Return a finished assistant message.

    Example:
        >>> create_text_output_item("hi", "m1")["content"]
        [{'text': 'hi', 'type': 'output_text', 'annotations': []}]
    """
    part = {"text": text, "type": "output_text", "annotations": list(annotations or ())}
    return {"id": id, "content": [part], "role": "assistant", "type": "message"}


def create_text_delta(delta: str, item_id: str) -> dict[str, Any]:
    """Return the event that adds `delta` to the text of the message `item_id`."""
    return {"type": "response.output_text.delta", "item_id": item_id, "delta": delta}


def create_annotation_added(
    item_id: str, annotation: dict[str, Any], annotation_index: int | None = 0
) -> dict[str, Any]:
    """Return the event that adds `annotation` to the message `item_id`."""
    return {
        "type": "response.output_text.annotation.added",
        "item_id": item_id,
        "annotation_index": annotation_index,
        "annotation": annotation,
    }


def create_reasoning_item(id: str, reasoning_text: str) -> dict[str, Any]:  # noqa: A002 - the established name
    """Return a reasoning item whose summary is `reasoning_text`."""
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": reasoning_text}], "id": id}


def create_function_call_item(id: str, call_id: str, name: str, arguments: str) -> dict[str, Any]:  # noqa: A002 - the established name
    """Return a function call; `arguments` is JSON text, and `call_id` is what its output will name."""
    return {"type": "function_call", "id": id, "call_id": call_id, "name": name, "arguments": arguments}


def create_function_call_output_item(call_id: str, output: str | list[dict[str, Any]]) -> dict[str, Any]:
    """Return the output of the function call `call_id`: text, or content parts."""
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def create_mcp_approval_request_item(id: str, arguments: str, name: str, server_label: str) -> dict[str, Any]:  # noqa: A002 - the established name
    """Return a request that a person approve a call of the MCP tool `name` on the server `server_label`."""
    return {
        "type": "mcp_approval_request",
        "id": id,
        "arguments": arguments,
        "name": name,
        "server_label": server_label,
    }


def create_mcp_approval_response_item(
    id: str,  # noqa: A002 - the established name
    approval_request_id: str,
    approve: bool,
    reason: str | None = None,
) -> dict[str, Any]:
    """Return a person's answer to an MCP approval request."""
    return {
        "type": "mcp_approval_response",
        "id": id,
        "approval_request_id": approval_request_id,
        "approve": approve,
        "reason": reason,
    }


def complete_item(item: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    """Return `item` with what OpenAI's types require and authors may leave out: an id and a status.

    The item itself is not changed; items of unknown types are returned as they are.
    """
    kind = item.get("type")
    make_id = _ID_MAKERS.get(kind) if isinstance(kind, str) else None
    if make_id is None:
        return item
    added: dict[str, Any] = {}
    if item.get("id") is None:
        added["id"] = make_id()
    if kind in _WITH_STATUS and item.get("status") is None:
        added["status"] = status
    return {**item, **added} if added else item


def create_response(output: Iterable[dict[str, Any]] = (), **fields: Any) -> dict[str, Any]:
    """Return a complete response body, valid for the `openai` package: what is not given gets its default.

    Example:
        >>> body = create_response([create_text_output_item("hi", "msg_1")], model="m")
        >>> body["status"], body["output"][0]["status"]
        ('completed', 'completed')
    """
    body = {
        "id": new_response_id(),
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "model": "",
        "output": [complete_item(item) for item in output],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    body.update((name, value) for name, value in fields.items() if value is not None)
    return body
