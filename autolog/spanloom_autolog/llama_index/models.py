"""What a model was given, what it gave back, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from spanloom.tracing import attributes
from spanloom_autolog.clients.fields import field
from spanloom_autolog.llama_index.messages import chat_message

__all__ = ["inputs", "outputs", "request_attributes", "response_attributes"]

_NOT_PARAMETERS: Final = frozenset({"tools", "functions", "formatted", "headers", "extra_headers", "default_headers"})

_PROVIDERS: Final = {
    "azure_openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "mistralai": "mistral_ai",
    "vertex": "gcp.vertex_ai",
}
"""By package below `llama_index.llms`: OpenTelemetry's name, where it is another."""


def inputs(instance: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of a model: messages or prompt, the model, and those parameters that were set."""
    call = dict(given.get("kwargs") or {})
    asked = given.get("messages", call.pop("messages", given.get("prompt", call.pop("prompt", None))))
    if asked is None:  # of a method that passes on `*args`
        asked = next(iter(given.get("args") or ()), None)
    request = (
        {"prompt": asked} if isinstance(asked, str) else {"messages": [chat_message(item) for item in asked or ()]}
    )
    return {**request, **_parameters(instance, call)}


def _parameters(instance: Any, call: Mapping[str, Any]) -> dict[str, Any]:
    own = {"model": _model_name(instance), **{name: getattr(instance, name, None) for name in _SETTINGS}}
    for more in (getattr(instance, "additional_kwargs", None), call):
        if isinstance(more, Mapping):
            own |= {name: value for name, value in more.items() if name not in _NOT_PARAMETERS}
    return {name: value for name, value in own.items() if value is not None}


_SETTINGS: Final = ("temperature", "max_tokens", "reasoning_effort")


def _model_name(instance: Any) -> Any:
    name = _first(instance, "model", "model_name")
    return name if isinstance(name, str) else instance.metadata.model_name


def request_attributes(instance: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are known before the call."""
    found: dict[str, Any] = {attributes.REQUEST_MODEL: _model_name(instance)}
    provider = _provider(instance)
    if provider:
        found[attributes.PROVIDER] = provider
    tools = (given.get("kwargs") or {}).get("tools")
    if isinstance(tools, Mapping):  # Bedrock wraps them
        tools = tools.get("tools")
    if isinstance(tools, Sequence) and tools:
        found[attributes.TOOL_DEFINITIONS] = [_tool_definition(tool) for tool in tools]
    return found


def _provider(instance: Any) -> str | None:
    """Return who answers: the host where a client of OpenAI's API is pointed elsewhere."""
    base = getattr(instance, "api_base", None)
    host = urlsplit(base).hostname if isinstance(base, str) else None
    if host and not host.endswith((".openai.com", ".azure.com")):
        return host
    for kind in type(instance).__mro__:
        package, _, module = kind.__module__.partition("llama_index.llms.")
        if not package and module:
            name = module.partition(".")[0]
            return _PROVIDERS.get(name, name)
    return None


def _tool_definition(tool: Any) -> Any:
    """Return a tool in the form of chat completions, which is Anthropic's and Bedrock's under other names."""
    if not isinstance(tool, Mapping) or "function" in tool:
        return tool
    tool = tool.get("toolSpec") or tool
    parameters = _first(tool, "parameters", "input_schema") or field(tool.get("inputSchema"), "json")
    function = {"name": tool.get("name"), "description": tool.get("description"), "parameters": parameters}
    return {"type": "function", "function": function} if function["name"] and parameters else tool


def outputs(response: Any) -> Any:
    """Return the answer: a message of a chat model, the text of a completion model."""
    message = getattr(response, "message", None)
    if message is not None:
        return {"messages": [chat_message(message)]}
    return {"choices": [{"text": response.text}]}


def response_attributes(response: Any, before: Any) -> dict[str, Any]:
    """Return the facts that came with the answer.

    Args:
        response: The answer, or the last chunk of it.
        before: The chunk before that: OpenAI tells why the model stopped before it tells the tokens.
    """
    raw = response.raw
    reason = _finish_reason(raw) or (_finish_reason(before.raw) if before is not None else None)
    found = {
        attributes.RESPONSE_MODEL: _first(raw, "model", "model_version"),
        attributes.RESPONSE_ID: _first(raw, "id", "response_id"),
        attributes.FINISH_REASONS: [reason] if reason else None,
    }
    return {key: value for key, value in found.items() if isinstance(value, str | list) and value}


def _finish_reason(raw: Any) -> str | None:
    choices = field(raw, "choices")
    if choices is None:
        found = _first(raw, "finish_reason", "stop_reason", "stopReason")
    else:
        found = field(choices[0], "finish_reason") if choices else None
    return found if found is None or isinstance(found, str) else getattr(found, "name", None)


def _first(value: Any, *names: str) -> Any:
    """Return the first of the fields that is there."""
    return next((found for name in names if (found := field(value, name)) is not None), None)
