"""What a scenario is, and which of them fit a driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.driver import Driver

__all__ = ["ALL_MODES", "Scenario", "declared", "scenario"]

ALL_MODES = ("run", "arun", "stream", "astream")


class Scenario(NamedTuple):
    """One behaviour, checked with one driver in one mode.

    Attributes:
        name: E.g. `tool_call-astream`.
        driver: The driver.
        mode: How agents are asked.
        check: Runs it; fails with an `AssertionError` that says what was expected.
    """

    name: str
    driver: Driver
    mode: str
    check: Callable[[Case], None]

    def run(self) -> None:
        """Run it in a fresh state of this process.

        Raises:
            AssertionError: If the framework's traces are not as they should be.
        """
        with Case(self.driver, self.mode) as case:
            self.check(case)


class _Declaration(NamedTuple):
    check: Callable[[Case], None]
    modes: tuple[str, ...]
    kinds: frozenset[str]
    once: bool


declared: list[_Declaration] = []


def scenario(
    *modes: str, kinds: Iterable[str] = ("agent", "model"), once: bool = False
) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Declare a function of a case as a scenario.

    Args:
        modes: The modes that it can be checked in; all by default.
        kinds: The kinds of drivers that it is for.
        once: Whether one mode is enough: the first of `modes` that the driver has.
    """

    def declare(check: Callable[[Case], None]) -> Callable[[Case], None]:
        declared.append(_Declaration(check, modes or ALL_MODES, frozenset(kinds), once))
        return check

    return declare
