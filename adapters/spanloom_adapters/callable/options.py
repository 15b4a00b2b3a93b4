"""What `spanloom.wrap` takes for a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["CallableOptions", "Takes"]

Takes = Literal["text", "messages", "items", "request"]


@dataclass(frozen=True)
class CallableOptions:
    """The options.

    Attributes:
        takes: What the function is given, where its signature does not tell.
    """

    takes: Takes | None = None

    def __post_init__(self) -> None:
        if self.takes is not None and self.takes not in get_args(Takes):
            raise ValueError(f"takes={self.takes!r}: expected one of {', '.join(map(repr, get_args(Takes)))}")
