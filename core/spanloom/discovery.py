"""Finding plugins through entry points, cheaply."""

from __future__ import annotations

import importlib
import os
import sys
from functools import lru_cache
from typing import Any

__all__ = ["entry_points", "load"]


@lru_cache(maxsize=1)
def entry_points() -> dict[str, dict[str, str]]:
    """Return, per entry-point group whose name begins with `spanloom.`, each name with its `module:attribute`.

    `importlib.metadata` would do the same, but importing it and scanning an environment of six frameworks takes longer
    than all of `spanloom.autolog()` may; so only the files that mention a group of ours are read line by line.
    The first folder on `sys.path` wins, as it does for imports.
    """
    groups: dict[str, dict[str, str]] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib is slow to import
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                _read(os.path.join(folder, name, "entry_points.txt"), groups)  # noqa: PTH118 - pathlib is slow to import
    return groups


def _read(path: str, groups: dict[str, dict[str, str]]) -> None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - same
            data = file.read()
    except OSError:
        return
    if b"[spanloom." not in data:
        return
    group: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        line = line.strip()  # noqa: PLW2901 - the raw line is of no use
        if line.startswith("["):
            group = groups.setdefault(line.strip("[]"), {}) if line.startswith("[spanloom.") else {}
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            group.setdefault(name.strip(), value.strip())


def load(reference: str) -> Any:
    """Import the object that `module:attribute` names."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
