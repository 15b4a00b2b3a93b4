from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from spanloom.agents.wrap import find_adapters
from spanloom.testing.adapter_conformance import AdapterDriver, adapter_scenarios

DRIVERS = Path(__file__).parent / "drivers"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--framework", action="append", default=[], help="check this adapter (may be repeated)")
    parser.addoption("--plugin", help="check the adapters of the framework that this autolog plugin is for")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    drivers = chosen_drivers(metafunc.config)
    found = [(f"{name}-{each.name}", each) for name, driver in drivers.items() for each in adapter_scenarios(driver)]
    if "scenario" in metafunc.fixturenames:
        metafunc.parametrize("scenario", [each for _, each in found], ids=[name for name, _ in found])
    if "driver" in metafunc.fixturenames:
        metafunc.parametrize("driver", list(drivers.values()), ids=list(drivers), indirect=True)


def chosen_drivers(config: pytest.Config) -> dict[str, AdapterDriver]:
    names = config.getoption("--framework") or sorted(path.stem for path in DRIVERS.glob("*.py"))
    plugin = config.getoption("--plugin")
    loaded = {name: load_driver(name) for name in names}
    drivers = {name: driver for name, driver in loaded.items() if plugin is None or driver.plugin == plugin}
    assert {driver.adapter for driver in drivers.values()} <= find_adapters().keys()
    return drivers


def load_driver(name: str) -> AdapterDriver:
    spec = importlib.util.spec_from_file_location(f"adapter_driver_{name}", DRIVERS / f"{name}.py")
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.driver
