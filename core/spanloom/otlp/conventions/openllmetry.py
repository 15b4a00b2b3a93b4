"""OpenLLMetry's (Traceloop's) attributes in the words of the GenAI conventions.

https://github.com/traceloop/openllmetry/blob/main/packages/opentelemetry-semantic-conventions-ai
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanloom.otlp.conventions.flattened import items, parts
from spanloom.otlp.conventions.words import INPUTS, OUTPUTS, decoded
from spanloom.tracing import attributes
from spanloom.tracing.json_text import json_or_text

__all__ = ["ENTITY_NAME", "PREFIXES", "REQUEST_TYPE", "SPAN_KIND", "translated"]

SPAN_KIND: Final = "traceloop.span.kind"
ENTITY_NAME: Final = "traceloop.entity.name"
REQUEST_TYPE: Final = "llm.request.type"
PREFIXES: Final = ("gen_ai.completion.", "gen_ai.prompt.", REQUEST_TYPE, "llm.request.functions.", "traceloop.")
"""What marks a span as one of OpenLLMetry's."""

_NAMES: Final[Mapping[str, str]] = {
    "gen_ai.usage.reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "llm.frequency_penalty": "gen_ai.request.frequency_penalty",
    "llm.presence_penalty": "gen_ai.request.presence_penalty",
    "llm.top_k": "gen_ai.request.top_k",
    "llm.chat.stop_sequences": "gen_ai.request.stop_sequences",
    "llm.usage.total_tokens": "gen_ai.usage.total_tokens",
    "traceloop.entity.input": INPUTS,
    "traceloop.entity.output": OUTPUTS,
}
_CONTENT: Final = ("gen_ai.completion.", "gen_ai.prompt.", "llm.request.functions.")


def translated(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span that OpenLLMetry made."""
    found = {_NAMES.get(key, key): value for key, value in facts.items() if not key.startswith(_CONTENT)}
    for content in (INPUTS, OUTPUTS):
        if content in found:
            found[content] = json_or_text(found[content])
    asked, answered = items(facts, "gen_ai.prompt"), items(facts, "gen_ai.completion")
    if asked:
        found["gen_ai.input.messages"] = [_message(each, "user") for each in asked]
    if answered:
        found["gen_ai.output.messages"] = [_message(each, "assistant") for each in answered]
        reasons = [each["finish_reason"] for each in answered if each.get("finish_reason")]
        if reasons:
            found.setdefault(attributes.FINISH_REASONS, reasons)
    functions = items(facts, "llm.request.functions")
    if functions:
        found[attributes.TOOL_DEFINITIONS] = [
            {key: decoded(value) if key == "parameters" else value for key, value in function.items()}
            for function in functions
        ]
    return found


def _message(message: Mapping[str, Any], role: str) -> dict[str, Any]:
    content = decoded(message.get("content"))
    is_parts = isinstance(content, list) and all(isinstance(part, dict) and "type" in part for part in content)
    found: dict[str, Any] = {
        "role": message.get("role") or role,
        "content": content if is_parts else message.get("content"),
    }
    if message.get("tool_call_id"):
        found["tool_call_id"] = message["tool_call_id"]
    calls = parts(message, "tool_calls")
    if calls:
        found["tool_calls"] = [_tool_call(call) for call in calls]
    return found


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": call.get("name"), "arguments": call.get("arguments") or "{}"}
    return {"id": call.get("id"), "type": "function", "function": function}
