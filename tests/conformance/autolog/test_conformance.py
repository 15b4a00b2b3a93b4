"""Every plugin, held to the same scenarios."""

from __future__ import annotations

from spanloom.testing.conformance import Scenario


def test_conformance(scenario: Scenario) -> None:
    scenario.run()
