"""Patching a method of a base class and of every subclass that overrides it."""

from __future__ import annotations

import sys
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import spanloom
from spanloom.instrument import Call, CallHandler, Patch, Plugin
from spanloom.instrument.installation import Installation
from spanloom.testing.garbage import collect_garbage

HANDLER = CallHandler(
    span_type="TOOL", name=lambda call: type(call.instance).__name__, inputs=lambda call: {"args": call.args}
)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module with a family of classes."""

    class Base(ABC):
        @abstractmethod
        def call(self, x: int) -> int: ...

        def close(self) -> str:
            return "closed"

    class Client(Base):
        def call(self, x: int) -> int:
            return x

    class Inheriting(Client): ...

    class Overriding(Inheriting):
        def call(self, x: int) -> int:
            return x * 2

    module: Any = ModuleType("acme_family")
    module.Base, module.Client, module.Inheriting, module.Overriding = Base, Client, Inheriting, Overriding
    monkeypatch.setitem(sys.modules, "acme_family", module)
    monkeypatch.setattr(module, "__spec__", None)
    return module


@pytest.fixture
def install() -> Iterator[Callable[..., Installation]]:
    installed: list[Installation] = []

    def make(target: str = "Base.call", handler: Any = HANDLER) -> Installation:
        patches = (Patch("acme_family", target, handler, subclasses=True),)
        installed.append(Installation(Plugin("acme", "acme", ">=1", patches), {}))
        return installed[-1]

    yield make
    for installation in installed:
        installation.remove()


def names() -> list[str]:
    return sorted(span.name for trace in spanloom.search_traces() for span in trace.data.spans)


def test_every_class_that_defines_the_method_is_patched_once(library, install):
    install()
    assert (library.Client().call(1), library.Inheriting().call(2), library.Overriding().call(3)) == (1, 2, 6)
    assert names() == ["Client", "Inheriting", "Overriding"]
    assert "call" not in vars(library.Inheriting)


def test_a_class_that_is_defined_later_is_patched_too(library, install):
    install()

    class Later(library.Overriding):
        def call(self, x: int) -> int:
            return x + 1

    assert Later().call(1) == 2
    assert names() == ["Later"]


def test_undo_restores_the_very_same_objects_and_patches_no_later_class(library, install):
    owners = [library.Base, library.Client, library.Inheriting, library.Overriding]
    before = [dict(vars(owner)) for owner in owners]
    installation = install()
    original = library.Client.__dict__["call"].__wrapped__

    class Later(library.Client):
        call = original

    installation.remove()
    assert [dict(vars(owner)) for owner in owners] == before
    assert all(
        vars(owner)[name] is value for owner, was in zip(owners, before, strict=True) for name, value in was.items()
    )
    assert vars(Later)["call"] is original

    class Latest(library.Client):
        call = original

    assert vars(Latest)["call"] is original
    Later().call(1)
    assert names() == []


def test_the_familys_own_hook_for_subclasses_still_gets_its_arguments(library, install):
    announced = []

    class Mixin:
        def __init_subclass__(cls, *, label: str, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            announced.append(label)

    class Own(library.Client):
        def __init_subclass__(cls, *, tag: str = "", **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            announced.append(tag)

    library.Own = Own
    install()
    install("Own.close")

    class Later(Own, Mixin, tag="tagged", label="labelled"):
        def close(self) -> str:
            return super().close()

    assert announced == ["labelled", "tagged"]
    assert Later().close() == "closed"
    assert names() == ["Later"]


def test_a_hook_put_on_top_of_ours_keeps_working_after_the_undo(library, install):
    installation = install()
    ours = vars(library.Base)["__init_subclass__"]
    seen = []

    def theirs(cls: type, **kwargs: Any) -> None:
        ours.__get__(None, cls)(**kwargs)
        seen.append(cls.__name__)

    library.Base.__init_subclass__ = classmethod(theirs)
    installation.remove()

    class Later(library.Client):
        def call(self, x: int) -> int:
            return x

    assert seen == ["Later"]
    assert type(vars(Later)["call"]).__name__ == "function"


def test_a_method_captured_while_patched_is_observed_only_while_the_plugin_is_on(library, install):
    installation = install()
    captured = library.Client().call
    installation.remove()
    captured(1)
    assert names() == []
    install()
    captured(1)
    assert names() == ["Client"]


def test_no_class_is_kept_alive(library, install):
    installation = install()

    class Passing(library.Client):
        def call(self, x: int) -> int:
            return super().call(x)

    passing = weakref.ref(Passing)
    del Passing
    collect_garbage()
    assert passing() is None
    installation.remove()


def test_a_base_without_the_method_has_drifted(library, install, monkeypatch):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    assert list(install("Base.gone").skipped) == ["acme_family:Base.gone"]


def test_a_handler_may_make_the_call_itself(library, install):
    def doubled(function: Callable[..., Any], call: Call) -> Any:
        return 2 * function(*call.args, **call.kwargs)

    install(handler=doubled)
    assert library.Client().call(5) == 10
    assert names() == []
