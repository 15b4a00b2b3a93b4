"""The rows of two evaluations that have the same inputs, and how their scores differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spanloom.evaluation import RowResult
from spanloom.evaluation.metrics import feedback_names, numbers_of

__all__ = ["Direction", "Pair", "pairs"]

Direction: TypeAlias = Literal["all", "changed", "increased", "decreased"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A row then and now.

    Attributes:
        base: The row of the earlier evaluation.
        row: The row of the later one.
        changes: By score, by how much its number differs from the earlier one.
    """

    base: RowResult
    row: RowResult
    changes: dict[str, float]


def pairs(
    base: Sequence[RowResult], result: Sequence[RowResult], *, score: str | None = None, direction: Direction = "all"
) -> list[Pair]:
    """Return the pairs of one kind, in the order of the later evaluation's data.

    Args:
        base: The rows of the earlier evaluation.
        result: The rows of the later one.
        score: The score that counts; every one of both by default.
        direction: Whether that score differs, and which way.
    """
    both = [name for name in feedback_names(base) if name in feedback_names(result)]
    names = [name for name in both if score in (None, name)]
    then, now = ({name: numbers_of(rows, name) for name in names} for rows in (base, result))
    before = {row.inputs_digest: row for row in base}
    found = []
    for row in result:
        digest = row.inputs_digest
        if digest not in before:
            continue
        changes = {
            name: new - old
            for name in names
            if (new := now[name].get(digest)) is not None and (old := then[name].get(digest)) is not None and new != old
        }
        if _fits(changes, direction):
            found.append(Pair(base=before[digest], row=row, changes=changes))
    return found


def _fits(changes: dict[str, float], direction: Direction) -> bool:
    if direction == "all":
        return True
    if direction == "changed":
        return bool(changes)
    return any((change > 0) == (direction == "increased") for change in changes.values())
