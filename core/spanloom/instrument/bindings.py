"""Finding a function wherever a program has bound it by name."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["bindings"]


def bindings(function: Any) -> list[tuple[ModuleType, str]]:
    """Return every module-level name that is bound to `function`, at its home or elsewhere.

    `from acme import complete` copies the reference: such a program would never meet a patch of `acme.complete`.
    """
    found: list[tuple[ModuleType, str]] = []
    for module in list(sys.modules.values()):
        if issubclass(type(module), ModuleType):
            # Asked of `object`, so that a module that loads itself on first use sleeps on.
            namespace = object.__getattribute__(module, "__dict__")
            found += [(module, name) for name, value in list(namespace.items()) if value is function]
    return found
