"""Token usage of a model call, and its place in a span's attributes (OpenTelemetry GenAI names)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["TokenUsage"]


class TokenUsage(NamedTuple):
    """Tokens of one model call, or of a whole trace.

    `input_tokens` includes the cached ones and `output_tokens` the reasoning ones, as OpenAI counts.
    `None` means that the provider did not say.

    Example:
        >>> TokenUsage(input_tokens=12, output_tokens=5).to_dict()
        {'input_tokens': 12, 'output_tokens': 5, 'total_tokens': 17}
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    reasoning_output_tokens: int | None = None

    def to_dict(self) -> dict[str, int]:
        """Return the known numbers."""
        return {name: number for name, number in self.with_total()._asdict().items() if number is not None}

    def with_total(self) -> TokenUsage:
        """Return the usage with the total filled in, if only its parts are known."""
        if self.total_tokens is not None or self.input_tokens is None or self.output_tokens is None:
            return self
        return self._replace(total_tokens=self.total)

    @property
    def total(self) -> int:
        """All tokens: the provider's own total, else input plus output."""
        if self.total_tokens is not None:
            return self.total_tokens
        return (self.input_tokens or 0) + (self.output_tokens or 0)

    def to_attributes(self) -> dict[str, int]:
        """Return the span attributes that carry the known numbers."""
        numbers = zip(_ATTRIBUTES, self.with_total(), strict=True)
        return {key: number for key, number in numbers if number is not None}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> TokenUsage | None:
        """Read the usage back from a span's attributes; `None` where there is none. What can't be one is ignored."""
        usage = cls(*(_tokens(attributes.get(key)) for key in _ATTRIBUTES))
        return usage if usage != _UNKNOWN else None

    def plus(self, other: TokenUsage, sign: int = 1) -> TokenUsage:
        """Add (`sign=1`) or take away (`sign=-1`) another usage, number by number."""
        pairs = zip(self.with_total(), other.with_total(), strict=True)
        return TokenUsage(*(left if right is None else (left or 0) + sign * right for left, right in pairs))


_ATTRIBUTES = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.total_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
)
_UNKNOWN = TokenUsage()
_MOST = 10**15
"""So many that the sum over a trace still fits a column of 64 bits."""


def _tokens(number: Any) -> int | None:
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return number if type(number) is int and 0 <= number <= _MOST else None
