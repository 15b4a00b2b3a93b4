"""The adapters: can they be loaded, and is their framework there?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from spanloom.agents import Adapter
from spanloom.agents.wrap import GROUP
from spanloom.discovery import entry_points, load

__all__ = ["AdapterFinding", "examine_adapters"]


@dataclass(frozen=True)
class AdapterFinding:
    """One adapter: whether its framework is installed, what installs it, and why the adapter can't be loaded."""

    name: str
    installed: bool = False
    install: str | None = None
    error: str | None = None


def examine_adapters() -> list[AdapterFinding]:
    """Look at every adapter, also those of third parties."""
    return [_examine(name, reference) for name, reference in sorted(entry_points().get(GROUP, {}).items())]


def _examine(name: str, reference: str) -> AdapterFinding:
    try:
        adapter: Adapter[Any] = load(reference)
        packages = {target.partition(".")[0] for target in adapter.targets}
        installed = any(find_spec(package) is not None for package in packages)
    except Exception as error:
        return AdapterFinding(name, error=f"the adapter can't be loaded: {type(error).__name__}: {error}")
    return AdapterFinding(name, installed, None if installed else f"pip install 'spanloom[{adapter.name}]'")
