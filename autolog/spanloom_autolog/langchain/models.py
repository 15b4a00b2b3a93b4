"""What a model run was given and what it gave back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from spanloom.tracing import attributes
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.langchain.messages import chat_message

__all__ = ["chat_inputs", "outputs", "parameters", "request_attributes", "response_attributes", "token_usage"]

_NOT_PARAMETERS = frozenset({"_type", "model_name", "tools", "extra_headers", "default_headers"})


def chat_inputs(messages: Sequence[BaseMessage], invocation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of a chat model."""
    return {"messages": [chat_message(message) for message in messages], **parameters(invocation)}


def parameters(invocation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model and those parameters that were given."""
    given = {key: value for key, value in invocation.items() if value is not None and key not in _NOT_PARAMETERS}
    model = invocation.get("model") or invocation.get("model_name")
    return {"model": model, **given} if model else given


def request_attributes(invocation: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are known before the call."""
    found = {
        attributes.REQUEST_MODEL: invocation.get("model")
        or invocation.get("model_name")
        or metadata.get("ls_model_name"),
        attributes.PROVIDER: metadata.get("ls_provider"),
        attributes.TOOL_DEFINITIONS: invocation.get("tools"),
    }
    return {key: value for key, value in found.items() if value}


def outputs(result: LLMResult) -> dict[str, Any]:
    """Return the answer: messages of a chat model, texts of a completion model."""
    generations = [generation for generations in result.generations for generation in generations]
    messages = [chat_message(item.message) for item in generations if isinstance(item, ChatGeneration)]
    if messages:
        return {"messages": messages}
    return {"choices": [{"text": generation.text} for generation in generations]}


def response_attributes(result: LLMResult) -> dict[str, Any]:
    """Return the facts that came with the answer."""
    message = _message(result)
    meta: Mapping[str, Any] = message.response_metadata if message is not None else {}
    llm_output = result.llm_output or {}
    reasons = [
        reason
        for generations in result.generations
        for generation in generations
        if (reason := _finish_reason(generation)) is not None
    ]
    found = {
        attributes.RESPONSE_MODEL: meta.get("model_name") or meta.get("model") or llm_output.get("model_name"),
        attributes.RESPONSE_ID: meta.get("id") or llm_output.get("id"),
        attributes.FINISH_REASONS: reasons,
    }
    return {key: value for key, value in found.items() if value}


def token_usage(result: LLMResult) -> TokenUsage | None:
    """Return the tokens; `None` where nothing was reported (a stream without usage sums up to nothing)."""
    message = _message(result)
    usage = getattr(message, "usage_metadata", None)
    if usage:
        inputs, answer = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
        return TokenUsage(
            usage.get("input_tokens"),
            usage.get("output_tokens"),
            usage.get("total_tokens"),
            _detail(inputs, "cache_read"),
            _detail(inputs, "cache_creation"),
            _detail(answer, "reasoning"),
        )
    meta: Mapping[str, Any] = message.response_metadata if message is not None else {}
    counts = meta.get("token_usage") or (result.llm_output or {}).get("token_usage")
    if not isinstance(counts, Mapping) or not counts.get("total_tokens"):
        return None
    return TokenUsage(counts.get("prompt_tokens"), counts.get("completion_tokens"), counts.get("total_tokens"))


def _detail(details: Mapping[str, Any], name: str) -> int | None:
    # A service tier is put before the name: `priority_cache_read`.
    return next((count for key, count in details.items() if key.endswith(name)), None)


def _message(result: LLMResult) -> BaseMessage | None:
    for generations in result.generations:
        for generation in generations:
            if isinstance(generation, ChatGeneration):
                return generation.message
    return None


def _finish_reason(generation: Any) -> str | None:
    message = getattr(generation, "message", None)
    meta = {**(generation.generation_info or {}), **(message.response_metadata if message is not None else {})}
    for key in ("finish_reason", "stop_reason", "done_reason", "status"):
        if meta.get(key):
            return str(meta[key])
    return None
