"""What calls meet in a `with spanloom.record(...)` block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.making import making
from spanloom.cassettes.tape import Tape

__all__ = ["RecordingDeck"]


class RecordingDeck:
    """Makes every call, and keeps it."""

    def __init__(self, tape: Tape) -> None:
        self.is_offline = False
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

    def listen(self, interaction: Interaction, tell: Callable[[], dict[str, Any]]) -> None:
        """Keep what was heard when the block ends."""
        self._tape.listen(interaction, tell)
