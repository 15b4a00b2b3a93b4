"""Items of a request in the form that the Responses API takes back."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.responses import ResponsesAgentRequest

__all__ = ["input_items"]

_OUR_OWN = ("name", "attachments")
"""Fields that standard agents put on messages and the API refuses."""

_ID_PREFIXES = {"message": "msg", "function_call": "fc"}


def input_items(request: ResponsesAgentRequest) -> list[dict[str, Any]]:
    """Return the request's items as the API takes them."""
    items = [item.model_dump(exclude_none=True) for item in request.input_items()]
    # What the API was told not to store, it can't look up.
    stored = request.store is not False
    return [_item(item) for item in items if stored or item.get("type") != "reasoning" or "encrypted_content" in item]


def _item(item: dict[str, Any]) -> dict[str, Any]:
    kind = item.get("type", "message")
    prefix = _ID_PREFIXES.get(kind)
    written_by_model = kind == "function_call" or item.get("role") == "assistant"
    if kind == "function_call_output" or (
        prefix and not (written_by_model and str(item.get("id", "")).startswith(prefix))
    ):
        item.pop("id", None)
    if kind == "message":
        for field in _OUR_OWN:
            item.pop(field, None)
        item["content"] = _content(item["content"], "output_text" if written_by_model else "input_text")
    return item


def _content(content: str | list[dict[str, Any]], text: str) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [{**part, "type": text} if part["type"] in {"input_text", "text"} else part for part in content]
