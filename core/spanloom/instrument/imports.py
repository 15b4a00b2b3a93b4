"""Running something when a module is imported, or at once if it already was.

wrapt has such hooks too, but importing wrapt takes longer than all of `spanloom.autolog()` may; and with a hook of our
own a failure of ours can never make the user's import fail.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from spanloom.tracing.guard import guard

__all__ = ["when_imported"]

Callback = Callable[[ModuleType], None]

_callbacks: dict[str, list[Callback]] = {}


def when_imported(name: str, callback: Callback) -> Callable[[], None]:
    """Call `callback(module)` once module `name` is imported; at once if it is already. Returns the undo."""
    module = sys.modules.get(name)
    if module is not None and not getattr(module.__spec__, "_initializing", False):
        callback(module)
        return lambda: None
    waiting = _callbacks.setdefault(name, [])
    waiting.append(callback)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)

    def undo() -> None:
        if callback in waiting:
            waiting.remove(callback)
        if not waiting and _callbacks.get(name) is waiting:
            del _callbacks[name]
        _leave_when_idle()

    return undo


def _leave_when_idle() -> None:
    if not _callbacks and _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


class _Finder:
    """Lets the other finders find the module, and has its loader tell us when it was executed."""

    def __init__(self) -> None:
        self._searching = threading.local()

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in _callbacks or getattr(self._searching, "name", None) == name:
            return None
        self._searching.name = name
        try:
            spec = _find(name, path, target)
        finally:
            self._searching.name = None
        if spec is not None and spec.loader is not None:
            with guard(f"import hook of {name}"):
                _notify_after_execution(spec, name)
        return spec


_finder = _Finder()


def _find(name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        if finder is not _finder:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
    return None


def _notify_after_execution(spec: ModuleSpec, name: str) -> None:
    # On the loader instance, not a loader of ours: `module.__loader__` stays what the program expects.
    loader = spec.loader
    assert loader is not None
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        if module.__name__ == name:
            with guard(f"import hook of {name}"):
                del vars(loader)["exec_module"]
            for callback in _callbacks.pop(name, []):
                with guard(f"import hook of {name}"):
                    callback(module)
            _leave_when_idle()

    vars(loader)["exec_module"] = exec_module
