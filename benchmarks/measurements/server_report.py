"""The tables of the server benchmark, and whether its budgets hold."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from measurements.server_cells import CELLS, CONTENDERS, Cell, Samples, Turn
from measurements.server_promises import Promise

__all__ = ["cell_rows", "markdown", "promise_rows"]

Row = tuple[str, ...]

_OWN = "spanloom"
_HEADINGS = ("asked", "at once", "server", "requests/s", "p50", "p99", "spanloom's rate is", "its p99 is", "budget", "")


class _Budget(NamedTuple):
    """What spanloom must reach beside a peer.

    Attributes:
        rate: At least so many times the peer's requests per second.
        p99: At most so many times its p99.
        words: The same for people.
    """

    rate: float
    p99: float | None
    words: str


_BUDGETS = {
    "mlflow": _Budget(4.0, 0.5, "≥ 4x, p99 ≤ 1/2"),
    "fastapi": _Budget(0.5, None, "≥ 1/2"),
}


def cell_rows(samples: Samples) -> tuple[list[Row], bool]:
    """Return the first table, and whether its budgets hold."""
    rows: list[Row] = [_HEADINGS]
    all_hold = True
    for cell in CELLS:
        for name in CONTENDERS:
            turns = samples[cell][name]
            numbers = (
                f"{_median(turns, _rate):,.0f}",
                f"{_median(turns, _p50) * 1e3:.3g} ms",
                f"{_median(turns, _p99) * 1e3:.3g} ms",
            )
            compared: Row = ("", "", "", "")
            if name != _OWN:
                holds, compared = _compared(samples, cell, name)
                all_hold = all_hold and holds
            rows.append((cell.way, str(cell.concurrency), name, *numbers, *compared))
    return rows, all_hold


def promise_rows(promises: Sequence[Promise]) -> tuple[list[Row], bool]:
    """Return the second table, and whether its budgets hold."""
    rows: list[Row] = [("under load", _OWN, "mlflow", "budget", "")]
    rows += [
        (
            promise.title,
            promise.numbers[_OWN],
            promise.numbers.get("mlflow", "not measured"),
            promise.limit,
            _verdict(promise.kept),
        )
        for promise in promises
    ]
    return rows, all(promise.kept for promise in promises)


def markdown(rows: Sequence[Row]) -> str:
    """Return a table."""
    table = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def _compared(samples: Samples, cell: Cell, peer: str) -> tuple[bool, Row]:
    own, other = samples[cell][_OWN], samples[cell][peer]
    rate, p99 = _ratio(own, other, _rate), _ratio(own, other, _p99)
    budget = _BUDGETS.get(peer)
    if budget is None:
        return True, (f"{rate:.2f}x", f"{p99:.2f}x", "", "")
    holds = rate >= budget.rate and (budget.p99 is None or p99 <= budget.p99)
    return holds, (f"{rate:.2f}x", f"{p99:.2f}x", budget.words, _verdict(holds))


def _ratio(own: Sequence[Turn], other: Sequence[Turn], number: Callable[[Turn], float]) -> float:
    """Return the median over the rounds of the ratio in one round."""
    return statistics.median(number(mine) / number(theirs) for mine, theirs in zip(own, other, strict=True))


def _median(turns: Sequence[Turn], number: Callable[[Turn], float]) -> float:
    return statistics.median(map(number, turns))


def _verdict(holds: bool) -> str:
    return "pass" if holds else "MISSED"


def _rate(turn: Turn) -> float:
    return turn.rate


def _p50(turn: Turn) -> float:
    return turn.p50


def _p99(turn: Turn) -> float:
    return turn.p99
