"""Lazy packages (PEP 562): a public name is imported when it is first touched."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy_attributes"]


def lazy_attributes(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package whose public names live in the modules that `homes` gives.

    Where a module of the name itself is given, with nothing of that name inside, the module is meant. A colon behind
    a module means the module by another name: `{"genai": "spanloom.evaluation:"}`.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - the module's own
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = importlib.import_module(homes[name].removesuffix(":"))
        is_module = homes[name].endswith((f".{name}", ":")) and not hasattr(home, name)
        value = home if is_module else getattr(home, name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 - same
        return sorted({*homes, *vars(sys.modules[package])})

    return __getattr__, __dir__
