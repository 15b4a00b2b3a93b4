"""Files that belong to a test."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["file_beside"]

_LONGEST = 100


def file_beside(test_file: Path, nodeid: str, folder: str, suffix: str) -> Path:
    """Return where a test keeps a file: `<folder>/<name of the test's file>/<name of the test><suffix>` beside it.

    Example:
        >>> file_beside(Path("tests/test_a.py"), "tests/test_a.py::test_b[x]", "cassettes", ".jsonl")
        PosixPath('tests/cassettes/test_a/test_b[x].jsonl')
    """
    wanted = nodeid.partition("::")[2].replace("::", ".")
    name = re.sub(r"[^\w.\-\[\],=]+", "_", wanted)[:_LONGEST]
    if name != wanted:  # two names must not become one
        name += f"-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    return test_file.parent / folder / test_file.stem / f"{name}{suffix}"
