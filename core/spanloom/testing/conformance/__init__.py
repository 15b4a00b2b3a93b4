"""One suite for every autolog plugin: write a driver for a framework, get the scenarios.

```python
import pytest
from spanloom.testing.conformance import Driver, scenarios

class AcmeDriver(Driver): ...

@pytest.mark.parametrize("scenario", scenarios(AcmeDriver()), ids=lambda scenario: scenario.name)
def test_conformance(scenario):
    scenario.run()
```
"""

from __future__ import annotations

from spanloom.testing.conformance import answers, capture, context, endings, failures, switching
from spanloom.testing.conformance.driver import AgentSpec, Driver
from spanloom.testing.conformance.scenario import Scenario, declared
from spanloom.testing.conformance.tree import normalized

__all__ = ["AgentSpec", "Driver", "Scenario", "normalized", "scenarios"]

_SOURCES = (answers, failures, endings, context, switching, capture)


def scenarios(driver: Driver) -> list[Scenario]:
    """Return all scenarios that fit the driver's kind and modes."""
    found = []
    for declaration in declared:
        if driver.kind not in declaration.kinds:
            continue
        modes = [mode for mode in declaration.modes if mode in driver.modes]
        for mode in modes[:1] if declaration.once else modes:
            name = f"{declaration.check.__name__}-{mode}"
            found.append(Scenario(name, driver, mode, declaration.check))
    return found
