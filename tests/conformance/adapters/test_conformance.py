"""Every adapter, held to the same scenarios."""

from __future__ import annotations

from spanloom.testing.adapter_conformance import AdapterScenario


def test_conformance(scenario: AdapterScenario) -> None:
    scenario.run()
