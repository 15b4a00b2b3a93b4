"""What a call of LiteLLM asks for."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from spanloom.instrument import Call
from spanloom.tracing import attributes
from spanloom_autolog.clients.fields import sequence
from spanloom_autolog.litellm.providers import provider_and_model, provider_name
from spanloom_autolog.openai.request import tool_definition

__all__ = ["Function"]


class Function(NamedTuple):
    """How one of LiteLLM's functions is called.

    Attributes:
        operation: OpenTelemetry's name of what it does.
        positional: Its first parameters, in order.
    """

    operation: str
    positional: tuple[str, ...]

    def arguments(self, call: Call) -> dict[str, Any]:
        """Return all arguments by name."""
        return {**dict(zip(self.positional, call.args, strict=False)), **call.kwargs} if call.args else call.kwargs

    def parameters(self, call: Call) -> dict[str, Any]:
        """Return the arguments that reach the model: no credentials, and nothing that only LiteLLM reads."""
        kept_back = _kept_back()
        return {
            name: value
            for name, value in self.arguments(call).items()
            if value is not None and name not in kept_back and not name.startswith(_KEPT_BACK_PREFIXES)
        }

    def span_name(self, call: Call) -> str:
        """Return `{operation} {model}`, the model without its provider."""
        model = self.arguments(call).get("model")
        return f"{self.operation} {provider_and_model(model, None)[1]}" if isinstance(model, str) else self.operation

    def attributes(self, call: Call) -> dict[str, Any]:
        """Return model, provider and tool definitions."""
        given = self.arguments(call)
        found: dict[str, Any] = {}
        if isinstance(given.get("model"), str):
            provider, found[attributes.REQUEST_MODEL] = provider_and_model(
                given["model"], given.get("custom_llm_provider")
            )
            if provider is not None:
                found[attributes.PROVIDER] = provider_name(provider)
        tools = sequence(given.get("tools"))
        if tools:
            found[attributes.TOOL_DEFINITIONS] = [tool_definition(tool) for tool in tools]
        return found


_TRANSPORT = frozenset(
    {"additional_drop_params", "base_url", "deployment_id", "drop_params", "extra_headers", "organization", "timeout"}
)
_KEPT_BACK_PREFIXES = ("_", "aws_", "azure_", "litellm_", "vertex_", "watsonx_")
"""Credentials and places: each provider has its own, and LiteLLM has no complete list."""


@cache
def _kept_back() -> frozenset[str]:
    from litellm.types.router import CredentialLiteLLMParams
    from litellm.types.utils import all_litellm_params

    return _TRANSPORT.union(all_litellm_params, CredentialLiteLLMParams.model_fields, {"token", "zen_api_key"})
