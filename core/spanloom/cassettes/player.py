"""Answering calls from a record, in whichever order they come."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.normal import differences
from spanloom.cassettes.report import Difference, Replay, ReplayError

__all__ = ["Player"]


class Player:
    """Finds the recorded answer to each call. A call that was made several times gets its answers in their order."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self.report = Replay()
        self._waiting: dict[bytes, list[Interaction]] = {}
        self._interactions = interactions
        self._by_number = {interaction.number: interaction for interaction in interactions}
        self._covered: set[int] = set()
        self._lock = threading.Lock()
        for interaction in interactions:
            self._waiting.setdefault(interaction.request.key, []).append(interaction)

    def find(self, request: Request) -> Interaction:
        """Take the answer to this request.

        Raises:
            ReplayError: If there is none left, which is also told in the report.
        """
        with self._lock:
            waiting = self._waiting.get(request.key)
            if waiting:
                found = waiting.pop(0)
                self._covered.add(found.number)
                self.report.answered.append(found)
                return found
            changes = self._note_missing(request)
        raise ReplayError("\n  ".join((f"not on the record: {request}", *changes)))

    def _note_missing(self, request: Request) -> list[str]:
        nearest = self._nearest(request)
        if nearest is None:
            self.report.new.append(request)
            return []
        self._waiting[nearest.request.key].remove(nearest)
        self._covered.add(nearest.number)
        changes = differences(nearest.request.normal, request.normal)
        self.report.different.append(Difference(request, nearest.request, changes))
        return changes

    def finish(self) -> None:
        """Complete the report."""
        with self._lock:
            left = [one for one in self._interactions if one.number not in self._covered]
            self.report.missing = [one.request for one in left if not self._made_by_answered(one)]

    def _made_by_answered(self, interaction: Interaction) -> bool:
        """Whether a tool that was answered would have made the call."""
        maker = self._by_number.get(interaction.within or 0)
        return maker is not None and (maker.number in self._covered or self._made_by_answered(maker))

    def _nearest(self, request: Request) -> Interaction | None:
        for interaction in self._interactions:
            recorded = interaction.request
            waits = interaction.number not in self._covered
            if waits and (recorded.kind, recorded.name) == (request.kind, request.name):
                return interaction
        return None
