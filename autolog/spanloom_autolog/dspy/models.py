"""What a model call was given, who was asked, and what it gave back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spanloom.tracing import attributes
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanType

__all__ = [
    "CACHE_HIT",
    "inputs",
    "name_and_type",
    "outputs",
    "request_facts",
    "response_facts",
    "token_usage",
    "tool_calls",
]

CACHE_HIT: Final = "dspy.cache_hit"
"""Whether DSPy answered from its own cache."""

_ELSEWHERE = frozenset({"cache", "messages", "model", "request", "tools"})
_CLIENT = frozenset(
    {
        "base_url",
        "custom_llm_provider",
        "default_headers",
        "extra_headers",
        "extra_query",
        "headers",
        "organization",
        "project",
        "timeout",
    }
)
_SECRETS = ("key", "secret", "credential", "password", "authorization")


def inputs(lm: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return conversation and parameters."""
    request = _request(given)
    if request is not None:
        return {"model": model_name(lm), **_conversation(request)}
    if "kwargs" not in given:
        return dict(given)  # a model that answers questions about a state: it has no conversation
    messages = given.get("messages") or [{"role": "user", "content": given.get("prompt")}]
    return {"messages": messages, "model": model_name(lm), **_parameters(lm, given["kwargs"])}


def name_and_type(lm: Any) -> tuple[str, str]:
    """Return OpenTelemetry's GenAI span name, `{operation} {model}`, and the span's type."""
    if getattr(lm, "model_type", "chat") == "text":
        return f"text_completion {model_name(lm)}", SpanType.LLM
    return f"chat {model_name(lm)}", SpanType.CHAT_MODEL


def model_name(lm: Any) -> str:
    """Return the provider's own name of the model; DSPy puts the provider before it."""
    model = str(getattr(lm, "model", type(lm).__name__))
    return model.partition("/")[2] or model


def request_facts(lm: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return model, provider and tool definitions."""
    found: dict[str, Any] = {attributes.REQUEST_MODEL: model_name(lm)}
    provider, slash, _ = str(getattr(lm, "model", "")).partition("/")
    if slash:
        found[attributes.PROVIDER] = provider
    tools = (given.get("kwargs") or {}).get("tools")
    if tools:
        found[attributes.TOOL_DEFINITIONS] = tools
    return found


def _request(given: Mapping[str, Any]) -> Any:
    """Return the request of DSPy's own type, if the model was given one."""
    request = (given.get("kwargs") or {}).get("request", given.get("prompt"))
    return request if hasattr(request, "messages") else None


def _conversation(request: Any) -> dict[str, Any]:
    """Return such a request in the form of chat completions."""
    from dspy.clients.lm15_boundary import history_messages, request_kwargs  # type: ignore[import-untyped]

    try:
        return dict(request_kwargs(request, "chat"))
    except Exception:
        # Not every request can be said in that form.
        return {"messages": history_messages(request)}


def _parameters(lm: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    given = {**(getattr(lm, "kwargs", None) or {}), **kwargs}
    return {name: value for name, value in given.items() if value is not None and _is_parameter(name, value)}


def _is_parameter(name: str, value: Any) -> bool:
    """Whether it is meant for the model; DSPy keeps credentials and addresses in the same place."""
    if name in _ELSEWHERE or name in _CLIENT or name.startswith("api_") or any(word in name for word in _SECRETS):
        return False
    return not (isinstance(value, str) and "token" in name)


def outputs(candidates: Sequence[Any]) -> dict[str, Any]:
    """Return the answers: texts, or dictionaries where there is more to them."""
    return {"messages": [_message(candidate) for candidate in candidates]}


def _message(candidate: Any) -> dict[str, Any]:
    if not isinstance(candidate, Mapping):
        return {"role": "assistant", "content": candidate}
    message: dict[str, Any] = {"role": "assistant", "content": candidate.get("text")}
    message.update({name: candidate[name] for name in ("reasoning_content", "citations") if candidate.get(name)})
    calls = tool_calls([candidate])
    if calls:
        message["tool_calls"] = calls
    return message


def tool_calls(candidates: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the tool calls in the answers, in OpenAI's chat form."""
    calls = [call for each in candidates if isinstance(each, Mapping) for call in each.get("tool_calls") or ()]
    return [_tool_call(call) for call in calls]


def _tool_call(call: Any) -> dict[str, Any]:
    # From LiteLLM they come as objects of its own.
    call = call if isinstance(call, Mapping) else call.model_dump()
    function = call.get("function") or {}
    function = function if isinstance(function, Mapping) else function.model_dump()
    named = {"name": function.get("name"), "arguments": function.get("arguments")}
    return {"id": call.get("id"), "type": "function", "function": named}


def token_usage(usage: Mapping[str, Any]) -> TokenUsage | None:
    """Return the tokens; `None` where nothing was reported, as for an answer from the cache."""
    sent, received = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    found = TokenUsage(
        usage.get("prompt_tokens", usage.get("input_tokens")),
        usage.get("completion_tokens", usage.get("output_tokens")),
        usage.get("total_tokens"),
        sent.get("cached_tokens"),
        sent.get("cache_creation_tokens"),
        received.get("reasoning_tokens"),
    )
    return found if found.total else None


def response_facts(result: Any) -> dict[str, Any]:
    """Return model, id and finish reasons of the answer."""
    responses = result.responses or ()
    reasons = [_FINISH_REASONS.get(response.finish_reason, response.finish_reason) for response in responses]
    if not reasons:
        reasons = [getattr(choice, "finish_reason", None) for choice in getattr(result.raw, "choices", None) or ()]
    # Of a stream of chat completions DSPy says the model that was asked for; the last frame says which one answered.
    said = getattr(responses[0], "provider_data", None) if responses else None
    said = said if isinstance(said, Mapping) else {}
    found = {
        attributes.RESPONSE_MODEL: said.get("model") or result.response_model,
        attributes.RESPONSE_ID: said.get("id") or getattr(responses[0] if responses else result.raw, "id", None),
        attributes.FINISH_REASONS: [reason for reason in reasons if reason],
        CACHE_HIT: result.cache_hit,
    }
    return {key: value for key, value in found.items() if value}


_FINISH_REASONS = {"tool_call": "tool_calls"}
"""In OpenAI's words where DSPy has others."""
