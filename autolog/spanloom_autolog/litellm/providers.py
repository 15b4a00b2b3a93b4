"""Who is asked: LiteLLM's names of providers, and OpenTelemetry's."""

from __future__ import annotations

__all__ = ["provider_and_model", "provider_name"]

# https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ where it differs from LiteLLM.
_NAMES = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}


def provider_name(provider: str) -> str:
    """Return OpenTelemetry's name of a provider, else LiteLLM's."""
    return _NAMES.get(provider, provider)


def provider_and_model(model: str, provider: str | None) -> tuple[str | None, str]:
    """Split `provider/model`; a model may have a slash of its own (`mistralai/Mixtral-8x7B`).

    Args:
        model: As the caller wrote it.
        provider: The provider, if the caller named it apart.
    """
    import litellm

    prefix, slash, rest = model.partition("/")
    if slash and (prefix == provider or (provider is None and prefix in litellm.provider_list)):
        return prefix, rest.removeprefix(_BRIDGE)
    return provider, model


_BRIDGE = "responses/"
"""`openai/responses/gpt-5` asks for the Responses API."""
