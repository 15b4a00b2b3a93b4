"""A plugin at work: its patches and hooks in place, or waiting for an import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from spanloom.instrument.calls import Call
from spanloom.instrument.imports import when_imported
from spanloom.instrument.ledger import Ledger
from spanloom.instrument.plugin import Hook, Patch, Plugin
from spanloom.tracing.guard import report_failure, strict

__all__ = ["Installation"]


class Installation:
    """One plugin, switched on.

    Attributes:
        plugin: The plugin.
        active: Whether calls are observed; wrappers look at call time, because bound methods captured while patched
            stay wrapped after the undo.
        installed: Patches and hooks in place, as `module:target`.
        skipped: Those that could not be put in place, with the reason.
    """

    def __init__(self, plugin: Plugin, options: Mapping[str, Any]) -> None:
        self.plugin = plugin
        self.active = True
        self.installed: list[str] = []
        self.skipped: dict[str, str] = {}
        self._options = options
        self._ledger = Ledger()
        self._undo: list[Callable[[], None]] = []
        for patch in plugin.patches:
            self._arm(f"{patch.module}:{patch.target}", patch.module, partial(self._patch, patch))
        for hook in plugin.hooks:
            self._arm(f"{hook.module}:{hook.name}", hook.module, partial(self._join, hook))

    def _arm(self, point: str, module: str, install: Callable[[ModuleType], None]) -> None:
        def install_guarded(imported: ModuleType) -> None:
            if not self.active:
                return
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

        from spanloom.instrument.observation import observe, observe_async

        *path, name = patch.target.split(".")
        owner: Any = module
        for part in path:
            owner = getattr(owner, part)
        original = inspect.getattr_static(owner, name)
        function = original.__func__ if isinstance(original, classmethod | staticmethod) else original
        handler, plugin = patch.handler, self.plugin.name
        run = observe_async if inspect.iscoroutinefunction(inspect.unwrap(function)) else observe

        def observed(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
            return run(handler, plugin, wrapped, Call(instance, args, kwargs))

        wrapper = wrapt.FunctionWrapper(original, observed, enabled=lambda: self.active)
        self._ledger.replace(owner, name, wrapper)

    def _join(self, hook: Hook, _module: ModuleType) -> None:
        self._undo.append(hook.install(self._options))

    def remove(self) -> None:
        """Put everything back as it was."""
        self.active = False
        while self._undo:
            try:
                self._undo.pop()()
            except Exception:
                report_failure(f"{self.plugin.name}: undo")
                if strict():
                    raise
        self._ledger.restore()
        self.installed.clear()
