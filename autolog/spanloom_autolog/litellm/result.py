"""What LiteLLM says about an answer besides the answer: who gave it, and its cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call, StreamReader
from spanloom.tracing import attributes
from spanloom_autolog.clients.fields import field
from spanloom_autolog.litellm.providers import provider_name

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation

__all__ = ["attach_stream", "cached", "hidden_facts"]


def hidden_facts(result: Any) -> dict[str, Any]:
    """Return provider, cost and request id, which LiteLLM puts aside in `_hidden_params`."""
    hidden = field(result, "_hidden_params")
    facts: dict[str, Any] = {}
    provider = field(hidden, "custom_llm_provider")
    if isinstance(provider, str):
        facts[attributes.PROVIDER] = provider_name(provider)
    request_id = field(field(hidden, "additional_headers"), "llm_provider-x-request-id")
    if request_id:
        facts[attributes.REQUEST_ID] = request_id
    cost = 0.0 if cached(result) else field(hidden, "response_cost")
    if isinstance(cost, int | float):
        facts[attributes.TOTAL_COST] = float(cost)
    return facts


def cached(result: Any) -> bool:
    """Whether LiteLLM answered from its cache: no model was asked, and the tokens are those of the first time."""
    return field(field(result, "_hidden_params"), "cache_hit") is True


def attach_stream(make_reader: Callable[[], StreamReader]) -> Callable[[Call, Any, Observation], Any | None]:
    """Return how a stream is observed, with readers of this kind."""

    def attach(_call: Call, result: Any, observation: Observation) -> Any | None:
        from spanloom_autolog.litellm.streams import observe_stream

        return observe_stream(result, observation, make_reader())

    return attach
