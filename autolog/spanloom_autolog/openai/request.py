"""What every kind of request says: model, parameters, tools, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom_autolog.clients import requests
from spanloom_autolog.clients.requests import model_and_tools

__all__ = ["parameters", "request_attributes", "tool_definition"]


def parameters(call: Call, *without: str) -> dict[str, Any]:
    """Return the arguments that reach the model, without those named."""
    from openai import NotGiven, Omit

    return requests.parameters(call, (NotGiven, Omit), *without)


def request_attributes(call: Call) -> dict[str, Any]:
    """Return model, provider and tool definitions of a request."""
    return {attributes.PROVIDER: _provider(call.instance), **model_and_tools(call, tool_definition)}


def tool_definition(tool: Any) -> Any:
    """Return a tool in the form of chat completions: a function of the Responses API has its fields one level up."""
    if isinstance(tool, Mapping) and tool.get("type") == "function" and "function" not in tool:
        return {"type": "function", "function": {key: value for key, value in tool.items() if key != "type"}}
    return tool


def _provider(resource: Any) -> str:
    """Return OpenTelemetry's name of the provider where it is known, else the host that is asked."""
    client = resource._client  # noqa: SLF001 - resources have no public way to their client
    host: str = client.base_url.host
    if host == "openai.com" or host.endswith(".openai.com"):
        return "openai"
    if host.endswith(".azure.com") or any("AzureOpenAI" in kind.__name__ for kind in type(client).__mro__):
        return "azure.ai.openai"
    return host
