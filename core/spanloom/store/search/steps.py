"""Numbers of traces, indexed by their rough size and then by time.

An index of the plain number would have every trace change a page of its own; and what it finds is in no useful order.
Of a step's traces the newest come first, and there are but eighteen steps to a power of ten.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["STEPPED", "Stepped", "step"]


class Stepped(NamedTuple):
    """A column of `traces` with steps.

    Attributes:
        index_name: The index: of the step, then the time, then the number.
        column: The column.
        scale: What the number is multiplied with before its step is taken.
    """

    index_name: str
    column: str
    scale: int = 1

    @property
    def step(self) -> str:
        """The step, written as the index has it: SQLite compares the expressions."""
        whole = self.column if self.scale == 1 else f"CAST({self.column} * {self.scale} AS INTEGER)"
        return f"(length(max({whole}, 0)) * 20 + substr(max({whole}, 0), 1, 2) / 5)"


STEPPED: Final = {
    "duration_ms": Stepped("traces_by_duration", "execution_duration"),
    "cost": Stepped("traces_by_cost", "cost", 1_000_000),
    **{
        name: Stepped(f"traces_by_{name}", name)
        for name in (
            "total_tokens",
            "input_tokens",
            "output_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "reasoning_output_tokens",
        )
    },
}


def step(number: float, scale: int = 1) -> int:
    """Return the step of a number, which never falls while the number rises; as the indexes compute it.

    Example:
        >>> step(70), step(74), step(75), step(750)
        (54, 54, 55, 75)
    """
    digits = str(max(int(number * scale), 0))
    return len(digits) * 20 + int(digits[:2]) // 5
