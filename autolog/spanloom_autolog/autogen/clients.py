"""What a model client tells of itself: the model, its parameters, the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.instrument import Call

__all__ = ["parameters", "provider"]

_PROVIDERS = {
    "AzureOpenAIChatCompletionClient": "azure.ai.openai",
    "BaseOpenAIChatCompletionClient": "openai",
    "AnthropicBedrockChatCompletionClient": "aws.bedrock",
    "BaseAnthropicChatCompletionClient": "anthropic",
    "AzureAIChatCompletionClient": "azure.ai.inference",
    "BaseOllamaChatCompletionClient": "ollama",
}
"""OpenTelemetry's names of the providers that AutoGen's own clients ask."""


def provider(client: Any) -> str | None:
    """Return who is asked, where the client's class tells."""
    for kind in type(_asked(client)).__mro__:
        if kind.__name__ in _PROVIDERS:
            return _PROVIDERS[kind.__name__]
    return None


def parameters(call: Call) -> dict[str, Any]:
    """Return the model and its parameters: what the client was made with, and what this call adds."""
    made_with = getattr(_asked(call.instance), "_create_args", None)
    added = call.kwargs.get("extra_create_args")
    return {**(made_with if isinstance(made_with, Mapping) else {}), **(added or {})}


def _asked(client: Any) -> Any:
    """Return the client that a cache asks."""
    while not hasattr(client, "_create_args") and hasattr(client, "client"):
        client = client.client
    return client
