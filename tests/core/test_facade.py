from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import spanloom
import spanloom.models
import spanloom.tracing


@pytest.mark.parametrize(
    "package", [spanloom, spanloom.evaluation, spanloom.evaluation.scorers, spanloom.models, spanloom.tracing]
)
def test_the_lazy_names_are_those_that_type_checkers_see(package: object) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text())
    typed = {
        alias.name
        for block in tree.body
        if isinstance(block, ast.If)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    by_another_name = {"genai"} if package is spanloom else set()
    assert typed | by_another_name == set(package.__all__) - {"__version__"}
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert set(package.__all__) <= set(dir(package))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'spanloom' has no attribute 'nonsense'"):
        _ = spanloom.nonsense


def test_starting_up_loads_no_third_party_package() -> None:
    code = (
        "import sys; before = set(sys.modules); import spanloom; spanloom.autolog(); "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if not name.startswith("spanloom")] == []
