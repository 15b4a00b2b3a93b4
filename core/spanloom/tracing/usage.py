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
        """Return the known numbers; the total is filled in where only its parts are known."""
        numbers = {name: number for name, number in self._asdict().items() if number is not None}
        if "total_tokens" not in numbers and "input_tokens" in numbers and "output_tokens" in numbers:
            numbers = {
                "input_tokens": numbers.pop("input_tokens"),
                "output_tokens": numbers.pop("output_tokens"),
                "total_tokens": self.total,
                **numbers,
            }
        return numbers

    @property
    def total(self) -> int:
        """All tokens: the provider's own total, else input plus output."""
        if self.total_tokens is not None:
            return self.total_tokens
        return (self.input_tokens or 0) + (self.output_tokens or 0)

    def to_attributes(self) -> dict[str, int]:
        """Return the span attributes that carry the known numbers."""
        return {key: number for key, number in zip(_ATTRIBUTES, self, strict=True) if number is not None}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> TokenUsage | None:
        """Read the usage back from a span's attributes; `None` where there is none."""
        usage = cls(*(attributes.get(key) for key in _ATTRIBUTES))
        return usage if usage != _UNKNOWN else None

    def plus(self, other: TokenUsage, sign: int = 1) -> TokenUsage:
        """Add (`sign=1`) or take away (`sign=-1`) another usage, number by number."""
        mine = self._replace(total_tokens=self.total) if self != _UNKNOWN else self
        theirs = other._replace(total_tokens=other.total) if other != _UNKNOWN else other
        return TokenUsage(
            *(left if right is None else (left or 0) + sign * right for left, right in zip(mine, theirs, strict=True))
        )


_ATTRIBUTES = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.total_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
)
_UNKNOWN = TokenUsage()
