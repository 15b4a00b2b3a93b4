"""OpenInference's attributes in the words of the GenAI conventions.

https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanloom.otlp.conventions.flattened import items, part, parts
from spanloom.otlp.conventions.words import INPUTS, OUTPUTS, decoded
from spanloom.tracing import attributes

__all__ = ["SPAN_KIND", "translated"]

SPAN_KIND: Final = "openinference.span.kind"

_NAMES: Final[Mapping[str, str]] = {
    "agent.name": attributes.AGENT_NAME,
    "embedding.model_name": attributes.REQUEST_MODEL,
    "llm.cost.total": attributes.TOTAL_COST,
    "llm.model_name": attributes.REQUEST_MODEL,
    "llm.provider": attributes.PROVIDER,
    "llm.request.model_name": attributes.REQUEST_MODEL,
    "llm.response.model_name": attributes.RESPONSE_MODEL,
    "llm.token_count.completion": "gen_ai.usage.output_tokens",
    "llm.token_count.completion_details.reasoning": "gen_ai.usage.reasoning.output_tokens",
    "llm.token_count.prompt": "gen_ai.usage.input_tokens",
    "llm.token_count.prompt_details.cache_read": "gen_ai.usage.cache_read.input_tokens",
    "llm.token_count.prompt_details.cache_write": "gen_ai.usage.cache_creation.input_tokens",
    "llm.token_count.total": "gen_ai.usage.total_tokens",
    "tool.id": attributes.TOOL_CALL_ID,
    "tool.name": attributes.TOOL_NAME,
}
_DOCUMENTS: Final = ("retrieval.documents", "reranker.output_documents")
_CONTENT: Final = (
    "embedding.embeddings.",
    "input.",
    "llm.finish_reason",
    "llm.input_messages.",
    "llm.invocation_parameters",
    "llm.output_messages.",
    "llm.tools.",
    "output.",
    "reranker.input_documents.",
    "reranker.output_documents.",
    "retrieval.documents.",
)


def translated(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span that names its OpenInference kind."""
    found = {_NAMES.get(key, key): value for key, value in facts.items() if not key.startswith(_CONTENT)}
    if "llm.system" in found:
        found.setdefault(attributes.PROVIDER, found["llm.system"])
    if facts.get("llm.finish_reason"):
        found[attributes.FINISH_REASONS] = [facts["llm.finish_reason"]]
    tools = [decoded(part(each, "tool").get("json_schema")) for each in items(facts, "llm.tools")]
    if tools:
        found[attributes.TOOL_DEFINITIONS] = tools
    return found | _inputs(facts) | _outputs(facts)


def _inputs(facts: Mapping[str, Any]) -> dict[str, Any]:
    parameters = decoded(facts.get("llm.invocation_parameters"))
    found: dict[str, Any] = {}
    if isinstance(parameters, Mapping):
        content = ("messages", "input", "tools", "instructions")
        found = {f"gen_ai.request.{key}": value for key, value in parameters.items() if key not in content}
    messages = _messages(facts, "llm.input_messages")
    texts = [part(each, "embedding").get("text") for each in items(facts, "embedding.embeddings")]
    if messages:
        found["gen_ai.input.messages"] = messages
    elif "input.value" in facts:
        value = decoded(facts["input.value"])
        is_query = facts.get(SPAN_KIND) == "RETRIEVER" and isinstance(value, str)
        found["gen_ai.retrieval.query.text" if is_query else INPUTS] = value
    elif any(texts):
        found[INPUTS] = {"input": texts}
    return found


def _outputs(facts: Mapping[str, Any]) -> dict[str, Any]:
    messages = _messages(facts, "llm.output_messages")
    if messages:
        return {"gen_ai.output.messages": messages}
    for name in _DOCUMENTS:
        documents = [_document(part(each, "document")) for each in items(facts, name)]
        if documents:
            return {"gen_ai.retrieval.documents": documents}
    return {OUTPUTS: decoded(facts["output.value"])} if "output.value" in facts else {}


def _document(document: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: decoded(value) if key == "metadata" else value for key, value in document.items() if key != "content"}
    return {"page_content": document.get("content"), **found}


def _messages(facts: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [_message(part(each, "message")) for each in items(facts, name)]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in message.items() if key in ("name", "tool_call_id")}
    contents = [part(each, "message_content") for each in parts(message, "contents")]
    content: Any = message.get("content")
    if content is None and contents:
        content = [_part(each) for each in contents]
    found = {"role": message.get("role") or "user", "content": content, **kept}
    calls = [part(each, "tool_call") for each in parts(message, "tool_calls")]
    if calls:
        found["tool_calls"] = [_tool_call(each) for each in calls]
    elif isinstance(message.get("function_call_name"), str):
        function = {"name": message["function_call_name"], "arguments": message.get("function_call_arguments_json")}
        found["tool_calls"] = [{"id": None, "type": "function", "function": function}]
    return found


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = part(call, "function")
    told = {"name": function.get("name"), "arguments": function.get("arguments") or "{}"}
    return {"id": call.get("id"), "type": "function", "function": told}


def _part(content: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(content.get("type") or "text")
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": part(content, "image", "image").get("url")}}
    return {**content, "type": kind}
