"""Importing a model's own code under a name of its own, so that two models with a module `tools` do not clash.

The code of a model is one package, `spanloom_model_<n>_<token>`, a name that no other process has: its root is the
script that calls `set_model`, and what `save_model(code_paths=...)` gave lies inside. In that code, and nowhere else,
`import tools` means the module of the model, also later, in a function. Nothing is added to `sys.path`, and no bytecode
is written into the folder. Only a model that an installed loader module loads, such as MLflow's, shares `sys.path` with
all others.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import count
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final
from uuid import uuid4

from spanloom.errors import ModelImportError

__all__ = ["ModelCode", "is_private", "public_name"]

_PREFIX: Final = "spanloom_model_"
_numbers = count(1)
_codes: dict[str, ModelCode] = {}


def is_private(name: str) -> bool:
    """Whether a module of this name is the code of a model."""
    return name.startswith(_PREFIX)


def public_name(name: str) -> str:
    """Return what a model's code calls a module of this name."""
    return name.partition(".")[2] if is_private(name) else name


class ModelCode:
    """The code of one loaded model.

    Args:
        folder: Where its modules are.
        script: The script that is its root.
    """

    def __init__(self, folder: Path, script: Path | None = None) -> None:
        # With the number alone, what another process pickled would come back as a class of another model.
        self.package = f"{_PREFIX}{next(_numbers)}_{uuid4().hex[:8]}"
        self.folder, self._script = folder, script
        self._names = _top_level(folder)
        self.builtins = {**vars(builtins), "__import__": self._import}
        _codes[self.package] = self
        if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _Finder())

    def run_script(self) -> ModuleType:
        """Run the script and return it as a module."""
        return importlib.import_module(self.package)

    def import_module(self, name: str) -> ModuleType:
        """Import a module of the model, or an installed one."""
        return importlib.import_module(self.private_name(name))

    def extend_path(self) -> None:
        """Let all code of this process import the model's modules, by the names that they have."""
        if self._names and str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))

    def private_name(self, name: str) -> str:
        """Return the name by which `sys.modules` knows what the model's code calls `name`."""
        return f"{self.package}.{name}" if self.has(name) else name

    def has(self, name: str) -> bool:
        """Whether a module of this name is the model's own."""
        return name.partition(".")[0] in self._names

    @contextmanager
    def missing_explained(self) -> Iterator[None]:
        """Say why a module of the model is not found, where it is imported in a way that only its own folder allows.

        Raises:
            ModelImportError: Instead of the error of Python, which would tell to add what is there.
        """
        try:
            yield
        except ModuleNotFoundError as error:
            name, public = error.name or "", public_name(error.name or "")
            if is_private(name) and not self.has(public):
                raise ModelImportError(
                    f"the script imports {public!r} relative to its own folder (from .{public} import …), and is saved "
                    f"alone: give that module by itself, save_model(code_paths=['…/{public}.py']), or import it by the "
                    "whole name of its package",
                    name=public,
                ) from error
            if not is_private(name) and self.has(name):
                raise ModelImportError(
                    f"{name!r} is among the model's own modules, which the statement import finds, and "
                    f"importlib.import_module({name!r}) does not: use __import__({name!r})",
                    name=name,
                ) from error
            raise

    def find_spec(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Return where a module of the model comes from."""
        if name == self.package:
            return self._root()
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self.builtins)
        return spec

    def _root(self) -> ModuleSpec:
        if self._script is None:
            spec = ModuleSpec(self.package, None, is_package=True)
        else:
            loader = _Loader(self.package, str(self._script), self.builtins)
            spec = ModuleSpec(self.package, loader, origin=str(self._script), is_package=True)
            spec.has_location = True
        spec.submodule_search_locations = [str(self.folder)]
        return spec

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names of `__import__`
        locals: Mapping[str, Any] | None = None,  # noqa: A002 - same
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level or not self.has(name):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        private = f"{self.package}.{name}"
        if fromlist:
            return builtins.__import__(private, globals, locals, fromlist, 0)
        importlib.import_module(private)
        return sys.modules[f"{self.package}.{name.partition('.')[0]}"]


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        code = _codes.get(fullname.partition(".")[0])
        return code.find_spec(fullname, path) if code is not None else None


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, own_builtins: dict[str, Any]) -> None:
        super().__init__(fullname, path)
        self._builtins = own_builtins

    def is_package(self, fullname: str) -> bool:
        return fullname in _codes or super().is_package(fullname)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._builtins
        super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _top_level(folder: Path) -> frozenset[str]:
    if not folder.is_dir():
        return frozenset()
    return frozenset(entry.name.partition(".")[0] for entry in folder.iterdir())
