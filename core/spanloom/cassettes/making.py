"""Which call is being made for real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from spanloom.cassettes.interactions import Interaction

__all__ = ["being_made", "making"]

making: ContextVar[Interaction | None] = ContextVar("spanloom_cassettes_making", default=None)
"""The call that is being made for real here; what it calls itself is within it."""


@contextmanager
def being_made(interaction: Interaction) -> Iterator[None]:
    """Make this the call that is being made; without a token, since a coroutine may end in another context."""
    previous = making.get()
    making.set(interaction)
    try:
        yield
    finally:
        making.set(previous)
