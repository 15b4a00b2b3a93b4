"""What a scenario is, and which of them fit a driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spanloom.testing.adapter_conformance.case import Case, Way
from spanloom.testing.adapter_conformance.driver import AdapterDriver

__all__ = ["ALL_WAYS", "ONE_WAY", "STREAMS", "AdapterScenario", "declared", "scenario"]

ALL_WAYS = tuple(
    Way(schema, asynchronous, streaming)
    for schema in ("responses", "chat")
    for asynchronous in (False, True)
    for streaming in (False, True)
)
STREAMS = tuple(way for way in ALL_WAYS if way.streaming)
ONE_WAY = (Way("responses", asynchronous=False, streaming=False),)


class AdapterScenario(NamedTuple):
    """One behaviour, checked with one adapter, asked in one way.

    Attributes:
        name: E.g. `tool_call-responses-predict_stream`.
        driver: The driver.
        way: How agents are asked.
        check: Runs it; fails with an `AssertionError` that says what was expected.
    """

    name: str
    driver: AdapterDriver
    way: Way
    check: Callable[[Case], None]

    def run(self) -> None:
        """Run it in a fresh state of this process.

        Raises:
            AssertionError: If the standard agent does not do what it should.
        """
        with Case(self.driver, self.way) as case:
            self.check(case)


class _Declaration(NamedTuple):
    check: Callable[[Case], None]
    ways: tuple[Way, ...]
    needs: frozenset[str]


declared: list[_Declaration] = []


def scenario(
    *needs: str, ways: tuple[Way, ...] = ALL_WAYS
) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Declare a function of a case as a scenario.

    Args:
        needs: What the framework must not lack; see `AdapterDriver.lacks`.
        ways: How agents are asked.
    """

    def declare(check: Callable[[Case], None]) -> Callable[[Case], None]:
        declared.append(_Declaration(check, ways, frozenset(needs)))
        return check

    return declare
