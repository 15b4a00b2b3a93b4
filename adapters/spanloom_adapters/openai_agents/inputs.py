"""Requests as the input of a run: the SDK takes Responses items, whichever API its model asks."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.ids import new_message_id
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.openai.input_items import input_items
from spanloom_adapters.openai_agents.approvals import asked_here

__all__ = ["run_input"]

_PLAIN = frozenset({"type", "role", "content", "status"})


def run_input(request: ResponsesAgentRequest) -> list[dict[str, Any]]:
    """Return the request's instructions and items as input for a run."""
    items = [_item(item) for item in input_items(request) if _is_for_models(item)]
    if request.instructions:
        items.insert(0, {"role": "system", "content": request.instructions})
    return items


def _is_for_models(item: dict[str, Any]) -> bool:
    # A call that was cut off never ran, and the APIs refuse calls without output.
    cut_off = item.get("type") == "function_call" and item.get("status") == "incomplete"
    return not cut_off and not asked_here(item)


def _item(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("role") == "assistant":
        return _assistant_message(item)
    if item.get("type") in {"reasoning", "function_call_output"}:
        # The API gives it out and does not take it back.
        item.pop("status", None)
    return item


def _assistant_message(item: dict[str, Any]) -> dict[str, Any]:
    """Return an assistant's message in a form that the SDK's converter to chat messages understands."""
    parts = item["content"]
    if isinstance(parts, str):
        parts = [{"type": "output_text", "text": parts, "annotations": []}]
    if item.keys() <= _PLAIN and all(part["type"] == "output_text" for part in parts):
        return {"role": "assistant", "content": "".join(part["text"] for part in parts)}
    return {"id": new_message_id(), "status": "completed", **item, "content": parts}
