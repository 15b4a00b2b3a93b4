"""What a model request was given and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.pydantic_ai.messages import chat_messages, instructions, response_message

__all__ = ["record_request", "record_response", "token_usage"]

_TRANSPORT = frozenset({"extra_headers", "timeout"})


def record_request(span: Span, request: Any) -> None:
    """Record a `ModelRequestContext`. It is changed until the model is called, so this comes last."""
    with guard("pydantic_ai: request"):
        span.set_inputs(
            _inputs(request.model, request.messages, request.model_settings, request.model_request_parameters)
        )
    with guard("pydantic_ai: request attributes"):
        found = {
            attributes.REQUEST_MODEL: request.model.model_name,
            attributes.PROVIDER: request.model.system,
            attributes.TOOL_DEFINITIONS: _tool_definitions(request.model_request_parameters),
        }
        span.set_attributes({key: value for key, value in found.items() if value})


def record_response(span: Span, response: Any) -> None:
    """Record a `ModelResponse`, complete or partial."""
    with guard("pydantic_ai: response"):
        messages = response_message(response)
        if messages:
            span.set_outputs({"messages": messages})
    with guard("pydantic_ai: response attributes"):
        span.set_attributes(_response_attributes(response))
    with guard("pydantic_ai: usage"):
        usage = token_usage(response.usage)
        if usage is not None:
            span.set_token_usage(usage)


def _inputs(model: Any, messages: Any, settings: Mapping[str, Any] | None, parameters: Any) -> dict[str, Any]:
    given = {key: value for key, value in (settings or {}).items() if key not in _TRANSPORT}
    sent = instructions(messages, parameters) + chat_messages(messages)
    return {"messages": sent, "model": model.model_name, **given}


def _tool_definitions(parameters: Any) -> list[dict[str, Any]]:
    definitions = []
    for tool in (*parameters.function_tools, *parameters.output_tools):
        function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters_json_schema}
        definitions.append(
            {"type": "function", "function": {key: value for key, value in function.items() if value is not None}}
        )
    return definitions


def _response_attributes(response: Any) -> dict[str, Any]:
    cost = getattr(response.usage, "cost", None)
    found = {
        attributes.RESPONSE_MODEL: response.model_name,
        attributes.RESPONSE_ID: response.provider_response_id,
        attributes.FINISH_REASONS: [response.finish_reason] if response.finish_reason else None,
        attributes.TOTAL_COST: float(cost) if cost is not None else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def token_usage(usage: Any) -> TokenUsage | None:
    """Return the tokens; Pydantic AI says 0 where the provider said nothing."""
    if not usage.input_tokens and not usage.output_tokens:
        return None
    reasoning = getattr(usage, "output_reasoning_tokens", 0) or usage.details.get("reasoning_tokens")
    return TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_input_tokens=usage.cache_read_tokens or None,
        cache_creation_input_tokens=usage.cache_write_tokens or None,
        reasoning_output_tokens=reasoning or None,
    )
