"""What a call meets while something is recorded or replayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from spanloom.cassettes.interactions import Interaction, Request

__all__ = ["Deck", "current"]


class Deck(Protocol):
    """Decides about each call: an answer from the record, or the real one, which may be kept.

    Attributes:
        is_offline: Whether nothing may reach the network.
    """

    is_offline: bool

    def answer(self, request: Request) -> Interaction | None:
        """Return the recorded answer, or `None` if the call shall be made.

        Raises:
            ReplayError: If it must not be made.
        """

    def begin(self, request: Request) -> Interaction:
        """Note that the call is made."""

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Note what it was answered with."""

    def listen(self, interaction: Interaction, tell: Callable[[], dict[str, Any]]) -> None:
        """Note what tells how much of the answer was heard; it is asked at the end."""


class _Current:
    """The deck of the block that runs in this process: none, mostly.

    Calls ask for it when they are made: a method that an agent took along while something was recorded meets the deck
    of the replay that it is called in.
    """

    __slots__ = ("deck",)

    def __init__(self) -> None:
        self.deck: Deck | None = None


current = _Current()
