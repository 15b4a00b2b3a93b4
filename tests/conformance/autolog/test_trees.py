"""The whole tree of one run of each framework, its own spans included, as people see it.

After a change that is meant: `pytest tests/conformance/autolog/test_trees.py --update-trees`, then read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from spanloom.testing import outline
from spanloom.testing.conformance import Driver, scenarios
from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.script import ANSWER, CALL, get_weather

TREES = Path(__file__).parent / "trees"


def test_the_whole_tree(driver: Driver, request: pytest.FixtureRequest) -> None:
    modes: dict[str, list[str]] = {}
    for mode in ("run", "arun", "stream", "astream"):
        if mode in driver.modes:
            modes.setdefault(whole_tree(driver, mode), []).append(mode)
    found = "\n\n".join(f"{', '.join(names)}\n{tree}" for tree, names in modes.items()) + "\n"
    path = TREES / f"{driver.plugin}.txt"
    if request.config.getoption("--update-trees"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert found == path.read_text()


def whole_tree(driver: Driver, mode: str) -> str:
    with Case(driver, mode) as case:
        tools = [get_weather] if driver.kind == "agent" else []
        case.ask(case.agent(case.server(*([CALL] if tools else []), ANSWER), *tools), "Paris?")
        return outline(case.trace())


def test_every_driver_has_scenarios(driver: Driver) -> None:
    assert {scenario.mode for scenario in scenarios(driver)} == driver.modes
