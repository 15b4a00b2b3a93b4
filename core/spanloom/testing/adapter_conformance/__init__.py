"""One suite for every adapter: write a driver for a framework, get the scenarios.

```python
import pytest
from spanloom.testing.adapter_conformance import AdapterDriver, adapter_scenarios

class AcmeDriver(AdapterDriver): ...

@pytest.mark.parametrize("scenario", adapter_scenarios(AcmeDriver()), ids=lambda scenario: scenario.name)
def test_conformance(scenario):
    scenario.run()
```
"""

from __future__ import annotations

from spanloom.testing.adapter_conformance import approval, content, failures, history, places
from spanloom.testing.adapter_conformance.driver import AdapterDriver, Forecast, NativeSpec
from spanloom.testing.adapter_conformance.scenario import AdapterScenario, declared

__all__ = ["AdapterDriver", "AdapterScenario", "Forecast", "NativeSpec", "adapter_scenarios"]

_SOURCES = (content, history, failures, places, approval)


def adapter_scenarios(driver: AdapterDriver) -> list[AdapterScenario]:
    """Return all scenarios that the driver's framework does not lack something for."""
    return [
        AdapterScenario(f"{declaration.check.__name__}-{way}", driver, way, declaration.check)
        for declaration in declared
        if not declaration.needs & driver.lacks.keys()
        for way in declaration.ways
    ]
