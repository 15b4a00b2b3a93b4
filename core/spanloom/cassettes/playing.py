"""What calls meet in a `with spanloom.replay(...)` block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.player import Player
from spanloom.cassettes.report import ReplayError

__all__ = ["PlayingDeck"]


class PlayingDeck:
    """Answers from the record; a call that is not on it is refused if `is_offline`, else made."""

    def __init__(self, player: Player, redact: Callable[..., Any], *, is_offline: bool) -> None:
        self.is_offline = is_offline
        self._player = player
        self._redact = redact

    def answer(self, request: Request) -> Interaction | None:
        """Return the recorded answer."""
        try:
            found = self._player.find(request.redacted(self._redact))  # as it was recorded
        except ReplayError:
            if self.is_offline:
                raise
            return None
        if "unstorable" not in found.response:
            return found
        if not self.is_offline:
            return None
        raise ReplayError(
            f"{request} gave back a {found.response['unstorable']}, which could not be recorded; let it be called "
            "by spanloom.replay(..., on_missing='call'), or return plain values or pydantic models"
        )

    def begin(self, request: Request) -> Interaction:
        """The call is made; nothing is kept."""
        return Interaction(0, request)

    def finish(self, interaction: Interaction, response: dict[str, Any]) -> None:
        """Nothing is kept."""

    def listen(self, interaction: Interaction, tell: Callable[[], dict[str, Any]]) -> None:
        """Nothing is kept."""
