from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import spanloom
from spanloom.instrument import CallHandler, Patch, Plugin
from spanloom.instrument.bindings import bindings
from spanloom.instrument.installation import Installation

HANDLER = CallHandler(span_type="TOOL", name=lambda call: "complete", inputs=lambda call: call.args)
ACME = Plugin("acme", "acme", ">=1", patches=(Patch("acme_home", "complete", HANDLER),))


def complete(text: str) -> str:
    return text


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """The home of a function, and a program that imported it under a name of its own."""
    home, program = ModuleType("acme_home"), ModuleType("acme_program")
    vars(home)["complete"] = vars(program)["ask"] = complete
    monkeypatch.delitem(globals(), "complete")
    for module in (home, program):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return home, program


def test_a_function_is_observed_where_a_program_has_imported_it_before(modules: tuple[Any, Any]) -> None:
    home, program = modules
    installation = Installation(ACME, {})
    assert (program.ask("hi"), home.complete("there")) == ("hi", "there")
    installation.remove()
    assert [trace.data.spans[0].inputs for trace in spanloom.search_traces()] == [["there"], ["hi"]]


def test_undo_restores_the_function_at_every_name(modules: tuple[Any, Any]) -> None:
    home, program = modules
    original = program.ask
    installation = Installation(ACME, {})
    assert program.ask is home.complete is not original
    installation.remove()
    assert program.ask is original
    assert home.complete is original


def test_undo_also_reaches_a_program_that_imported_the_function_while_it_was_patched(modules: tuple[Any, Any]) -> None:
    home, program = modules
    original = program.ask
    installation = Installation(ACME, {})
    program.later = home.complete
    installation.remove()
    assert program.later is original


def test_a_module_that_loads_on_first_use_is_not_woken(modules: tuple[Any, Any]) -> None:
    spec = importlib.util.find_spec("colorsys")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)
    sys.modules["acme_lazy"] = lazy
    try:
        assert len(bindings(modules[1].ask)) == 2
        assert "rgb_to_hsv" not in object.__getattribute__(lazy, "__dict__")
    finally:
        del sys.modules["acme_lazy"]
