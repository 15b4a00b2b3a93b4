"""What a call meets while something is recorded or replayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.making import making
from spanloom.cassettes.player import Player
from spanloom.cassettes.report import ReplayError
from spanloom.cassettes.tape import Tape

__all__ = ["Deck", "PlayingDeck", "RecordingDeck"]


class Deck(Protocol):
    """Decides about each call: an answer from the record, or the real one, which may be kept."""

    def answer(self, request: Request) -> Interaction | None:
        """Return the recorded answer, or `None` if the call shall be made.

        Raises:
            ReplayError: If it must not be made.
        """

    def begin(self, request: Request) -> Interaction:
        """Note that the call is made."""

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Note what it was answered with."""


class RecordingDeck:
    """Makes every call, and keeps it."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def answer(self, request: Request) -> None:
        """Make the call."""

    def begin(self, request: Request) -> Interaction:
        """Keep the request."""
        maker = making.get()
        return self._tape.begin(request, maker.number if maker is not None else None)

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Keep the response."""
        self._tape.finish(interaction, response)


class PlayingDeck:
    """Answers from the record; a call that is not on it is refused, or made if `calls_missing`."""

    def __init__(self, player: Player, redact: Callable[[Any], Any], *, calls_missing: bool) -> None:
        self._player = player
        self._redact = redact
        self._calls_missing = calls_missing

    def answer(self, request: Request) -> Interaction | None:
        """Return the recorded answer."""
        request = request.redacted(self._redact)  # as it was recorded
        found = self._player.find(request)
        if found is not None and "unstorable" not in found.response:
            return found
        if self._calls_missing:
            return None
        if found is not None:
            raise ReplayError(
                f"{request} gave back a {found.response['unstorable']}, which could not be recorded; let it be called "
                "by spanloom.replay(..., on_missing='call'), or return plain values or pydantic models"
            )
        raise ReplayError(f"not on the record: {request}{self._explain(request)}")

    def _explain(self, request: Request) -> str:
        differences = self._player.report.different
        changes = next((one.changes for one in reversed(differences) if one.request is request), [])
        return "".join(f"\n  {change}" for change in changes)

    def begin(self, request: Request) -> Interaction:
        """The call is made; nothing is kept."""
        return Interaction(0, request)

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Nothing is kept."""
