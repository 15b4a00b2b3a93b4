"""The digest of every file of a model, in the form that `sha256sum --check` reads."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from spanloom.errors import DamagedModelError

__all__ = ["CODE", "COMPILED", "DIGESTS", "check_digests", "files_of", "model_digest", "write_digests"]

DIGESTS: Final = "files.sha256"
CODE: Final = "code"
"""The folder of a model's own modules."""

COMPILED: Final = {".pyc", ".pyo"}
"""How the names of files end that Python writes beside modules."""

_LENGTH: Final = 64


def files_of(folder: Path) -> list[Path]:
    """Return every file in a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_digests(folder: Path) -> None:
    """Write the digests of all files, beside them."""
    files = [path for path in files_of(folder) if path != folder / DIGESTS]
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / DIGESTS).write_text("".join(lines), encoding="utf-8")


def model_digest(folder: Path) -> str | None:
    """Return one digest of all files, the same for every copy of a model; `None` if it was saved without."""
    path = folder / DIGESTS
    return _digest(path) if path.is_file() else None


def check_digests(folder: Path) -> None:
    """Compare every file with its digest. A model saved elsewhere has none.

    Hidden files, bytecode, and what MLflow adds to the models that it registers may have come later.

    Raises:
        DamagedModelError: If a file is missing, was changed or was added.
    """
    path = folder / DIGESTS
    if not path.is_file():
        return
    wrong, names = [], set()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedModelError(f"{path} can't be read: {error}") from error
    for line in lines:
        digest, name = line[:_LENGTH], line[_LENGTH + 2 :]
        if len(digest) < _LENGTH or not name:
            raise DamagedModelError(f"{path} is damaged: it should hold a digest and a name in every line")
        names.add(name)
        file = folder / name
        if not file.is_file():
            wrong.append(f"{name} is missing")
        elif _digest(file) != digest:
            wrong.append(f"{name} was changed (wrong digest)")
    there = (file.relative_to(folder) for file in files_of(folder))
    wrong += [f"{file.as_posix()} was added" for file in there if file.as_posix() not in names and not _may_come(file)]
    if wrong:
        raise DamagedModelError(
            f"the model in {folder} is not what was saved: {'; '.join(wrong[:10])}. Restore it from a copy, or save "
            f"the model again; if the change is meant, delete {DIGESTS}"
        )


def _may_come(file: Path) -> bool:
    """Whether others put such a file into a folder that is whole, and nothing reads it when the model is loaded."""
    beside = any(part.startswith(".") or part == "__pycache__" for part in file.parts)
    return beside or file.as_posix() in {DIGESTS, "registered_model_meta"}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
