"""What a model call cost: asked of the `genai-prices` package, if it is installed (`pip install 'spanloom[cost]'`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from spanloom.tracing import attributes
from spanloom.tracing.usage import TokenUsage

__all__ = ["cost_of"]


def cost_of(usage: TokenUsage, facts: Mapping[str, Any]) -> float | None:
    """Return the price of a model call in US dollars, or `None` where no price is known.

    Args:
        usage: Its tokens.
        facts: The span's attributes: the model that answered, else the one asked for, and the provider.
    """
    price = _price_function()
    model = facts.get(attributes.RESPONSE_MODEL) or facts.get(attributes.REQUEST_MODEL)
    if price is None or not model or usage.input_tokens is None:
        return None
    return price(usage, str(model), facts.get(attributes.PROVIDER))


@cache
def _price_function() -> Callable[[TokenUsage, str, Any], float | None] | None:
    if find_spec("genai_prices") is None:
        return None
    from genai_prices import Usage, calc_price

    def price(usage: TokenUsage, model: str, provider: Any) -> float | None:
        tokens = Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens or 0,
            cache_read_tokens=usage.cache_read_input_tokens,
            cache_write_tokens=usage.cache_creation_input_tokens,
        )
        # LiteLLM and others write `provider/model`; the provider that a client names may be unknown to the table.
        prefix, _, bare = model.rpartition("/")
        for provider_id in dict.fromkeys((provider or prefix or None, None)):
            try:
                return float(calc_price(tokens, model_ref=bare, provider_id=provider_id).total_price)
            except LookupError:
                continue
        return None

    return price
