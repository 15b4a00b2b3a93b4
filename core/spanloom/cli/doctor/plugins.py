"""The autolog plugins: is the framework there, in a tested version, and do the patches fit?"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from packaging.specifiers import SpecifierSet

from spanloom.instrument import Plugin, autolog
from spanloom.instrument.content import captures_content
from spanloom.instrument.registry import find_plugins, installations, load_plugin
from spanloom.tracing.settings import settings

__all__ = ["PluginFinding", "examine_plugins"]


@dataclass(frozen=True)
class PluginFinding:
    """One plugin.

    Attributes:
        name: Its name.
        package: The distribution it instruments.
        requires: The versions that are tested.
        installed: The version that is installed.
        in_range: Whether that is a tested one.
        install: What installs the framework, where it is missing.
        patched: Points in place.
        waiting: Points whose module can't be imported here: an optional part of the framework.
        skipped: Points that no longer fit the framework, with the reason.
        captures_content: Whether its spans keep inputs and outputs.
        error: Why the plugin, or the framework, can't be loaded.
    """

    name: str
    package: str | None = None
    requires: str | None = None
    installed: str | None = None
    in_range: bool | None = None
    install: str | None = None
    patched: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    captures_content: bool = True
    error: str | None = None


def examine_plugins() -> list[PluginFinding]:
    """Look at every plugin, also those of third parties."""
    with _not_strict():
        return [_examine(name) for name in find_plugins()]


@contextmanager
def _not_strict() -> Iterator[None]:
    """Let a patch that does not fit be a finding, also where the environment wants it raised."""
    strict = os.environ.pop("SPANLOOM_STRICT", None)
    try:
        yield
    finally:
        if strict is not None:
            os.environ["SPANLOOM_STRICT"] = strict


def _examine(name: str) -> PluginFinding:
    try:
        plugin = load_plugin(name)
    except Exception as error:
        return PluginFinding(name, error=f"the plugin can't be loaded: {type(error).__name__}: {error}")
    try:
        installed = version(plugin.package)
    except PackageNotFoundError:
        return PluginFinding(
            name, plugin.package, plugin.requires, install=f"pip install 'spanloom[{name.replace('_', '-')}]'"
        )
    in_range = SpecifierSet(plugin.requires).contains(installed, prereleases=True)
    content = name not in settings.without_content if name in installations else captures_content(name)
    patched, skipped, problem = _try_patches(plugin)
    return PluginFinding(
        name,
        plugin.package,
        plugin.requires,
        installed,
        in_range,
        patched=patched,
        waiting=[point for point in _points(plugin) if point not in patched and point not in skipped],
        skipped=skipped,
        captures_content=content,
        error=problem,
    )


def _try_patches(plugin: Plugin) -> tuple[list[str], dict[str, str], str | None]:
    """Return the points in place, those skipped, and why the framework can't be imported.

    A plugin that is on stays as it is; one that is off is switched on for the look.
    """
    was_active = plugin.name in installations
    problem = None
    if not was_active:
        autolog(plugin.name)
        problem = _import_all(plugin)
    installation = installations[plugin.name]
    patched, skipped = list(installation.installed), dict(installation.skipped)
    if not was_active:
        autolog(plugin.name, disable=True)
    return patched, skipped, problem


def _import_all(plugin: Plugin) -> str | None:
    for module in dict.fromkeys(point.partition(":")[0] for point in _points(plugin)):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            continue  # an optional part; its points are listed as waiting
        except Exception as error:
            return f"{module} can't be imported: {type(error).__name__}: {error}"
    return None


def _points(plugin: Plugin) -> list[str]:
    return [f"{patch.module}:{patch.target}" for patch in plugin.patches] + [
        f"{hook.module}:{hook.name}" for hook in plugin.hooks
    ]
