"""Chat completion messages and whole chat completions to Responses items and responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spanloom.errors import SchemaError
from spanloom.schemas.construct import complete_item, create_response
from spanloom.schemas.converters.chat_content import annotation_of, reasoning_text
from spanloom.schemas.converters.usage import chat_usage_to_responses
from spanloom.schemas.wire import plain

__all__ = ["chat_completion_to_response", "chat_to_responses", "incomplete_reason"]

_INCOMPLETE = {
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens"), "max_output_tokens"),
    **dict.fromkeys(("content_filter", "safety"), "content_filter"),
}
_ROLES = frozenset({"user", "system", "developer"})


def chat_to_responses(messages: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the Responses items that say what the chat completion messages say, `call_id`s kept verbatim.

    Raises:
        SchemaError: A message has a role that chat completions do not know.

    Example:
        >>> chat_to_responses([{"role": "user", "content": "hi"}])
        [{'type': 'message', 'role': 'user', 'content': 'hi'}]
    """
    items: list[dict[str, Any]] = []
    for position, message in enumerate(messages):
        body = plain(message)
        role = body.get("role")
        if role == "assistant":
            items += _assistant_items(body)
        elif role == "tool":
            items.append(_tool_item(body))
        elif role in _ROLES:
            content = body["content"]
            given = content if isinstance(content, str) else [_input_part(part) for part in content]
            items.append({"type": "message", "role": role, "content": given})
        else:
            known = "assistant, developer, system, tool or user"
            raise SchemaError(f"messages[{position}].role: should be {known}, got {role!r}")
    return items


def chat_completion_to_response(completion: Any, **fields: Any) -> dict[str, Any]:
    """Return a whole (not streamed) chat completion as a complete response body; all choices become output.

    Args:
        completion: The chat completion, as a dict or a model.
        fields: Further fields of the response body, `custom_outputs` for example.
    """
    body = plain(completion)
    choices = body.get("choices") or ()
    output = [item for choice in choices for item in _assistant_items(choice["message"])]
    reasons = {choice.get("finish_reason") for choice in choices}
    incomplete = incomplete_reason(reasons)
    return create_response(
        output,
        model=body.get("model"),
        created_at=body.get("created"),
        usage=chat_usage_to_responses(body.get("usage")),
        status="incomplete" if incomplete else None,
        incomplete_details={"reason": incomplete} if incomplete else None,
        **fields,
    )


def incomplete_reason(finish_reasons: Iterable[str | None]) -> str | None:
    """Return why a response with these `finish_reason`s is incomplete, or None; also reads other providers' words."""
    reasons = {_INCOMPLETE.get(reason.lower()) for reason in finish_reasons if reason}
    return next((reason for reason in ("max_output_tokens", "content_filter") if reason in reasons), None)


def _assistant_items(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    reasoning = reasoning_text(message)
    if reasoning:
        items.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": reasoning}]})
    parts = _output_parts(message.get("content"))
    if parts and message.get("annotations"):
        parts[0]["annotations"] = [annotation_of(annotation) for annotation in message["annotations"]]
    if message.get("refusal"):
        parts.append({"type": "refusal", "refusal": message["refusal"]})
    if parts:
        items.append({"type": "message", "role": "assistant", "content": parts})
    for call in message.get("tool_calls") or ():
        function = call["function"]
        items.append(
            {
                "type": "function_call",
                "call_id": call["id"],
                "name": function["name"],
                "arguments": function["arguments"],
            }
        )
    return [complete_item(item) for item in items]


def _output_parts(content: Any) -> list[dict[str, Any]]:
    if not content:
        return []
    if isinstance(content, str):
        return [_output_text(content)]
    return [
        dict(part) if part["type"] == "refusal" else _output_text(part["text"])
        for part in content
        if part["type"] in {"refusal", "text", "output_text"}
    ]


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _tool_item(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    output = content if isinstance(content, str) else [_input_part(part) for part in content or ()]
    return complete_item(
        {"type": "function_call_output", "call_id": message["tool_call_id"], "output": output},
    )


def _input_part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    if kind == "text":
        return {"type": "input_text", "text": part["text"]}
    if kind == "image_url":
        image = part["image_url"]
        return {"type": "input_image", "image_url": image["url"], "detail": image.get("detail") or "auto"}
    if kind == "file":
        return {"type": "input_file", **part["file"]}
    return dict(part)
