"""What is derived from the plugin objects agrees with pyproject.toml."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from spanloom.instrument.registry import find_plugins, load_plugin

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def extra(name: str) -> dict[str, Requirement]:
    requirements = map(Requirement, PROJECT["optional-dependencies"][name.replace("_", "-")])
    return {requirement.name: requirement for requirement in requirements}


@pytest.mark.parametrize("name", find_plugins())
def test_the_extra_installs_the_versions_that_the_plugin_supports(name: str) -> None:
    plugin = load_plugin(name)
    assert plugin.name == name
    assert extra(name)[plugin.package].specifier == SpecifierSet(plugin.requires)


@pytest.mark.parametrize("name", PROJECT["entry-points"]["spanloom.adapters"])
def test_every_adapter_is_named_like_the_extra_that_installs_its_framework(name: str) -> None:
    module, _, attribute = PROJECT["entry-points"]["spanloom.adapters"][name].partition(":")
    adapter: Any = getattr(importlib.import_module(module), attribute)
    assert adapter.name == name
    frameworks = {target.partition(".")[0] for target in adapter.targets} - sys.stdlib_module_names
    assert not frameworks or extra(name)


def test_the_extra_all_holds_every_other_one_but_the_largest() -> None:
    everything = extra("all")["spanloom"].extras
    assert everything == set(PROJECT["optional-dependencies"]) - {"all", "mlflow", "ray", "spark"}


def test_the_tables_in_the_docs_are_up_to_date() -> None:
    path = ROOT / "docs" / "support_table.py"
    spec = importlib.util.spec_from_file_location("support_table", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for table in module.TABLES:
        page = table.path.read_text(encoding="utf-8")
        assert page == table.written_into(page), "run: python docs/support_table.py"
