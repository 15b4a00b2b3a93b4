"""Copying what makes a model into its folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from spanloom.errors import ArtifactError, ModelError
from spanloom.models.digests import CODE, COMPILED
from spanloom.tracking.artifacts import download_artifacts
from spanloom.tracking.files import copy_file, copy_folder, safe_path

__all__ = ["copy_artifacts", "copy_code", "copy_data", "copy_script"]

_ARTIFACTS: Final = "artifacts"


def copy_script(script: Path, folder: Path) -> str:
    """Copy the script that sets the model, and return its name in the folder.

    Raises:
        ModelError: If there is no such script.
    """
    if not script.is_file() or script.suffix != ".py":
        raise ModelError(
            f"python_model={str(script)!r}: expected the path of a Python script that calls spanloom.models.set_model"
        )
    copy_file(script, folder, script.name)
    return script.name


def copy_code(code_paths: Iterable[str | Path], folder: Path) -> str | None:
    """Copy modules and packages, and return where they are in the folder, if there are any.

    Raises:
        ModelError: If one is not there, or two have the same name.
    """
    copied: set[str] = set()
    for given in code_paths:
        source = _existing(given, "code_paths").resolve()
        if source.name in copied:
            raise ModelError(f"code_paths: two of them are called {source.name!r}; rename one")
        copied.add(source.name)
        _copy(source, folder, f"{CODE}/{source.name}")
    return CODE if copied else None


def copy_artifacts(artifacts: Mapping[str, str | Path], folder: Path) -> dict[str, Any]:
    """Copy files that the model's context names, and return what `MLmodel` says about them.

    Raises:
        ModelError: If one is not there.
        ArtifactError: If a name can't be that of a folder.
    """
    entries = {}
    for name, given in artifacts.items():
        source = Path(download_artifacts(str(given))) if str(given).startswith("runs:/") else Path(given)
        source = _existing(source, f"artifacts[{name!r}]").resolve()
        if safe_path(folder / _ARTIFACTS, name) == folder / _ARTIFACTS:
            raise ArtifactError(f"artifacts: {name!r} is no name; expected one such as 'weights'")
        path = f"{_ARTIFACTS}/{name}/{source.name}"
        _copy(source, folder, path)
        entries[name] = {"path": path}
    return entries


def copy_data(data_path: str | Path, folder: Path) -> str:
    """Copy what the loader module will be given, and return where it is in the folder.

    Raises:
        ModelError: If it is not there.
    """
    source = _existing(data_path, "data_path").resolve()
    _copy(source, folder, f"data/{source.name}")
    return f"data/{source.name}"


def _existing(given: str | Path, argument: str) -> Path:
    path = Path(given).expanduser()
    if not path.exists():
        raise ModelError(f"{argument}: there is no file or folder {str(given)!r}")
    return path


def _copy(source: Path, folder: Path, name: str) -> None:
    """Copy a file or folder; hidden files (`.env`, `.git`), bytecode and sockets stay out of a folder."""
    if source.is_file():
        copy_file(source, folder, name)
    elif source.is_dir():
        safe_path(folder, name).mkdir(parents=True, exist_ok=True)
        copy_folder(source, folder, name, left_out=_stays_out)


def _stays_out(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__" or Path(name).suffix in COMPILED
