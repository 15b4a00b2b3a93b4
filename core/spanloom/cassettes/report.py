"""What a replay found changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from spanloom.cassettes.interactions import Interaction, Request
from spanloom.errors import SpanloomError

__all__ = ["Difference", "Replay", "ReplayError"]


class ReplayError(SpanloomError):
    """A call is not on the record, or its answer could not be kept."""


@dataclass(frozen=True)
class Difference:
    """A call in the place of a recorded one that nobody made.

    Attributes:
        request: What was asked now.
        recorded: The first call of the same kind and name that nobody made.
        changes: Where the two differ, e.g. `messages[1].content: 'Paris?' became 'Oslo?'`.
    """

    request: Request
    recorded: Request
    changes: list[str]


@dataclass
class Replay:
    """What happened in a `with spanloom.replay(...)` block; complete at its end.

    Attributes:
        answered: Calls that were answered from the record, in the order they came.
        new: Calls like none on the record.
        different: Calls in the place of recorded ones that nobody made.
        missing: Calls on the record that nobody made.
    """

    answered: list[Interaction] = field(default_factory=list)
    new: list[Request] = field(default_factory=list)
    different: list[Difference] = field(default_factory=list)
    missing: list[Request] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the program made other calls than when it was recorded."""
        return bool(self.new or self.different or self.missing)

    def __str__(self) -> str:
        lines = [f"{len(self.answered)} calls answered from the record"]
        lines += [f"new: {request}" for request in self.new]
        for difference in self.different:
            lines.append(f"different: {difference.request.name}")
            lines += [f"  {change}" for change in difference.changes]
        lines += [f"missing: {request}" for request in self.missing]
        return "\n".join(lines)
