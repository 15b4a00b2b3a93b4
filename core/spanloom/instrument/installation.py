"""A plugin at work: its patches and hooks in place, or waiting for an import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from spanloom.instrument.bindings import bindings
from spanloom.instrument.calls import Call, CallHandler
from spanloom.instrument.imports import when_imported
from spanloom.instrument.ledger import Ledger
from spanloom.instrument.plugin import Around, Hook, Patch, Plugin
from spanloom.instrument.subclasses import Wrapper, wrap_in_family
from spanloom.tracing.guard import report_failure, strict

__all__ = ["Installation"]


_active: set[str] = set()
"""Names of the plugins that are switched on. By name, not by installation: a bound method that a client captured while
patched keeps that wrapper for good, and must be observed again after the plugin was switched off and on."""


class Installation:
    """One plugin, switched on.

    Attributes:
        plugin: The plugin.
        options: What it was switched on with.
        installed: Patches and hooks in place, as `module:target`.
        skipped: Those that could not be put in place, with the reason.
    """

    def __init__(self, plugin: Plugin, options: Mapping[str, Any]) -> None:
        self.plugin = plugin
        self.installed: list[str] = []
        self.skipped: dict[str, str] = {}
        self.options = options
        self._ledger = Ledger()
        self._undo: list[Callable[[], None]] = []
        _active.add(plugin.name)
        for patch in plugin.patches:
            self._arm(f"{patch.module}:{patch.target}", patch.module, partial(self._patch, patch))
        for hook in plugin.hooks:
            self._arm(f"{hook.module}:{hook.name}", hook.module, partial(self._join, hook))

    def _arm(self, point: str, module: str, install: Callable[[ModuleType], None]) -> None:
        def install_guarded(imported: ModuleType) -> None:
            try:
                install(imported)
            except Exception as error:
                # The framework has drifted: this one point is lost, `spanloom doctor` says so, the rest works.
                self.skipped[point] = f"{type(error).__name__}: {error}"
                report_failure(f"{self.plugin.name}: patching {point}")
                if strict():
                    raise
            else:
                self.installed.append(point)

        self._undo.append(when_imported(module, install_guarded))

    def _patch(self, patch: Patch, module: ModuleType) -> None:
        import inspect

        import wrapt

        *path, name = patch.target.split(".")
        owner: Any = module
        for part in path:
            owner = getattr(owner, part)
        plugin = self.plugin.name
        observed = partial(_observed, patch.handler, plugin)
        if patch.subclasses:
            self._undo.append(wrap_in_family(owner, name, observed, lambda: plugin in _active))
            return
        original = inspect.getattr_static(owner, name)
        if getattr(getattr(original, "_self_parent", None), "_self_plugin", None) == plugin:
            # A class that took the method of one we had patched (`create = Other.create`) has our wrapper as well.
            original = original.__wrapped__
            setattr(owner, name, original)
        wrapper: Any = wrapt.FunctionWrapper(original, observed(original), enabled=lambda: plugin in _active)
        wrapper._self_plugin = plugin  # noqa: SLF001 - how a wrapt proxy keeps an attribute of its own
        if isinstance(owner, ModuleType):
            _rebind(original, wrapper)
            self._undo.append(partial(_rebind, wrapper, original))
        else:
            self._ledger.replace(owner, name, wrapper)

    def _join(self, hook: Hook, _module: ModuleType) -> None:
        self._undo.append(hook.install(self.options))

    def remove(self) -> None:
        """Put everything back as it was."""
        _active.discard(self.plugin.name)
        while self._undo:
            try:
                self._undo.pop()()
            except Exception:
                report_failure(f"{self.plugin.name}: undo")
                if strict():
                    raise
        self._ledger.restore()
        self.installed.clear()


def _rebind(function: Any, replacement: Any) -> None:
    """Put `replacement` at every module-level name of `function`, also where a program has imported it."""
    for module, name in bindings(function):
        setattr(module, name, replacement)


def _observed(handler: CallHandler | Around, plugin: str, original: Any) -> Wrapper:
    """Return what is called instead of `original`, the raw attribute."""
    import inspect

    from spanloom.instrument.observation import observe, observe_async

    if isinstance(handler, CallHandler):
        function = original.__func__ if isinstance(original, classmethod | staticmethod) else original
        run = observe_async if inspect.iscoroutinefunction(inspect.unwrap(function)) else observe
        around: Around = partial(run, handler, plugin)
    else:
        around = handler

    def observed(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
        return around(wrapped, Call(instance, args, kwargs))

    return observed
