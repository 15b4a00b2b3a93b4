"""Answering calls from a record, in whichever order they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.normal import differences
from spanloom.cassettes.report import Difference, Replay, ReplayError

__all__ = ["Player"]


class Player:
    """Finds the recorded answer to each call. A call that was made several times gets its answers in their order.

    Args:
        interactions: The record.
        redact: What calls go through before they are looked for: a record may hold what is redacted now.
    """

    def __init__(self, interactions: Sequence[Interaction], redact: Callable[..., Any]) -> None:
        self.report = Replay()
        self._interactions = [replace(one, request=one.request.redacted(redact)) for one in interactions]
        self._by_number = {interaction.number: interaction for interaction in self._interactions}
        self._waiting: dict[bytes, list[Interaction]] = {}
        self._covered: set[int] = set()
        self._refused: list[Request] = []
        self._lock = threading.Lock()
        for interaction in self._interactions:
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
            self._refused.append(request)
            nearest = _nearest(request, [one for one in self._interactions if one.number not in self._covered])
        changes = differences(nearest.request.normal, request.normal) if nearest is not None else []
        raise ReplayError("\n  ".join((f"not on the record: {request}", *changes)))

    def finish(self) -> None:
        """Complete the report: only now it is known which calls nobody made, and may have become other ones."""
        with self._lock:
            left = self._left(self._interactions)
            for request in self._refused:
                nearest = _nearest(request, left)
                if nearest is None:
                    self.report.new.append(request)
                    continue
                left.remove(nearest)
                self._covered.add(nearest.number)
                changes = differences(nearest.request.normal, request.normal)
                self.report.different.append(Difference(request, nearest.request, changes))
            self.report.missing = [one.request for one in self._left(left)]

    def _left(self, interactions: Collection[Interaction]) -> list[Interaction]:
        return [one for one in interactions if one.number not in self._covered and not self._made_by_covered(one)]

    def _made_by_covered(self, interaction: Interaction) -> bool:
        """Whether a tool that was answered would have made the call."""
        maker = self._by_number.get(interaction.within or 0)
        return maker is not None and (maker.number in self._covered or self._made_by_covered(maker))


def _nearest(request: Request, interactions: Collection[Interaction]) -> Interaction | None:
    """Return the first call of the same kind and name."""
    same = (one for one in interactions if (one.request.kind, one.request.name) == (request.kind, request.name))
    return next(same, None)
