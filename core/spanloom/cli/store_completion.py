"""What the shell proposes for `--store`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["complete_store"]

_SQLITE: Final = "sqlite:///"


def complete_store(incomplete: str) -> list[str]:
    """Propose SQLite files by their URL."""
    typed = incomplete.removeprefix(_SQLITE)
    if typed == incomplete and not _SQLITE.startswith(incomplete):
        return []
    typed = "" if typed == incomplete else typed
    return [f"{_SQLITE}{name}" for name in sorted(_files(typed))]


def _files(typed: str) -> Iterator[str]:
    folder, _, start = typed.rpartition("/")
    with suppress(OSError):
        for path in Path(f"{folder}/" if folder or typed.startswith("/") else ".").iterdir():
            if not path.name.startswith(start) or (path.name.startswith(".") and not start):
                continue
            name = f"{folder}/{path.name}" if "/" in typed else path.name
            if path.is_dir():
                yield f"{name}/"
            elif path.suffix in {".db", ".sqlite", ".sqlite3"}:
                yield name
