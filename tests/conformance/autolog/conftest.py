from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from spanloom.testing.conformance import Driver, scenarios

DRIVERS = Path(__file__).parent / "drivers"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--framework",
        action="append",
        default=[],
        help="check this plugin only (may be repeated); all whose framework is installed by default",
    )
    parser.addoption("--update-trees", action="store_true", help="write down the trees as they are now")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        found = [scenario for driver in chosen_drivers(metafunc.config) for scenario in scenarios(driver)]
        metafunc.parametrize("scenario", found, ids=[f"{each.driver.plugin}-{each.name}" for each in found])
    if "driver" in metafunc.fixturenames:
        drivers = chosen_drivers(metafunc.config)
        metafunc.parametrize("driver", drivers, ids=[driver.plugin for driver in drivers])


def chosen_drivers(config: pytest.Config) -> list[Driver]:
    from importlib.metadata import PackageNotFoundError, version

    from spanloom.instrument.registry import load_plugin

    def installed(name: str) -> bool:
        try:
            version(load_plugin(name).package)
        except PackageNotFoundError:
            return False
        return True

    names = config.getoption("--framework") or sorted(
        path.stem for path in DRIVERS.glob("*.py") if installed(path.stem)
    )
    return [load_driver(name) for name in names]


def load_driver(name: str) -> Driver:
    spec = importlib.util.spec_from_file_location(f"conformance_driver_{name}", DRIVERS / f"{name}.py")
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where `inspect` looks for the file of a class
    spec.loader.exec_module(module)
    return module.driver
