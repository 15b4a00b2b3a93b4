"""What a request says: the conversation, parameters, tools, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom_autolog.clients.requests import model_and_tools, parameters

__all__ = ["inputs", "request_attributes"]


def inputs(call: Call) -> dict[str, Any]:
    """Return system prompt and messages as chat messages, and the parameters."""
    from anthropic import NotGiven, Omit

    from spanloom_autolog.anthropic.conversation import messages_of, prose

    found = parameters(call, (NotGiven, Omit), "tools")
    system, given = found.pop("system", None), found.pop("messages", None)
    messages: Any = [{"role": "system", "content": prose(system)}] if system else []
    if isinstance(given, list | tuple):
        messages += messages_of(given)
    elif given is not None:
        messages.append(given)
    return {"messages": messages, **found}


def request_attributes(call: Call) -> dict[str, Any]:
    """Return model, provider and tool definitions of a request."""
    return {attributes.PROVIDER: _provider(call.instance), **model_and_tools(call, _tool_definition)}


def _tool_definition(tool: Any) -> Any:
    """Return a tool in the form of chat completions; a tool of Anthropic's own (search, code, …) as it is."""
    if not isinstance(tool, Mapping) and hasattr(tool, "to_dict"):
        tool = tool.to_dict()  # a function that the tool runner runs
    if not isinstance(tool, Mapping) or "input_schema" not in tool:
        return tool
    function = {name: tool[name] for name in ("name", "description", "strict") if name in tool}
    return {"type": "function", "function": {**function, "parameters": tool["input_schema"]}}


_PLATFORMS = {"Bedrock": "aws.bedrock", "Vertex": "gcp.vertex_ai", "Foundry": "azure.ai.inference"}


def _provider(resource: Any) -> str:
    """Return OpenTelemetry's name of the provider where it is known, else the host that is asked."""
    client = resource._client  # noqa: SLF001 - resources have no public way to their client
    host: str = client.base_url.host
    if host == "anthropic.com" or host.endswith(".anthropic.com"):
        return "anthropic"
    for kind in type(client).__mro__:
        for platform, provider in _PLATFORMS.items():
            if platform in kind.__name__:
                return provider
    return host
