"""Telling where what is saved names a path of this machine."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import Final

from spanloom.models.digests import files_of

__all__ = ["warn_of_local_paths"]

_MAX_FILE_BYTES: Final = 10_000_000


def warn_of_local_paths(folder: Path) -> None:
    """Warn of each file that names something in the home directory, or in the environment of this Python.

    Such a path tells who saved the model, and leads nowhere elsewhere.
    """
    here = {str(path) for path in (Path.home(), Path(sys.prefix)) if path != Path(path.anchor)}
    pattern = re.compile("|".join(rf"{re.escape(path)}(?=[/\\])[^\s'\"]*" for path in sorted(here)))
    for path in files_of(folder):
        if path.stat().st_size <= _MAX_FILE_BYTES:
            text = path.read_text(encoding="utf-8", errors="replace")
            found = pattern.search(text)
            if found is not None:
                line = text.count("\n", 0, found.start()) + 1
                warnings.warn(
                    f"{path.relative_to(folder).as_posix()}, line {line}, names a path of this machine, {found[0]}, "
                    "which is saved with the model and leads nowhere elsewhere: give the file as one of the artifacts, "
                    "or read the path from the environment",
                    stacklevel=3,
                )
