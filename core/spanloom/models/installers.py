"""uv and pip: making a virtual environment, installing into it, and saying why that failed."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, Protocol

from spanloom.errors import ModelError

__all__ = ["Installer", "installer"]

Report = Callable[[str], None]

_KEPT_LINES: Final = 40
_NO_PYTHON = re.compile(
    r"No interpreter found|Invalid version request|No download found|is not a valid Python", re.IGNORECASE
)
_NO_PACKAGE = re.compile(
    r"No matching distribution found for (?P<pip>\S+)"
    r"|(?P<uv>\S+) was not found in the (?:package registry|provided)"
    r"|there (?:is|are) no versions? of (?P<version>\S+)",
)
_NO_NETWORK = re.compile(r"Connection|Network is unreachable|name resolution|dns error|timed out|Failed to fetch")


class Installer(Protocol):
    """What makes environments.

    Attributes:
        name: Of the program.
    """

    name: str

    def make(self, path: Path, python: str, report: Report) -> None:
        """Make an empty environment.

        Raises:
            ModelError: If there is no such Python.
        """

    def install(self, path: Path, requirements: Sequence[str], report: Report) -> None:
        """Install into it.

        Raises:
            ModelError: If that fails; the message says which package was not found, or what else was wrong.
        """


def installer(name: Literal["uv", "pip"] | None) -> Installer:
    """Return the one of that name, or by default uv where it is found.

    Raises:
        ModelError: If it is unknown or not installed.
    """
    if name not in {None, "uv", "pip"}:
        raise ModelError(f"manager={name!r}: expected 'uv' or 'pip'")
    uv = _find_uv() if name != "pip" else None
    if name == "uv" and uv is None:
        raise ModelError("uv is not installed: pip install uv; or use pip")
    return _Uv(uv) if uv is not None else _Pip()


class _Uv:
    name = "uv"

    def __init__(self, command: list[str]) -> None:
        self._command = command

    def make(self, path: Path, python: str, report: Report) -> None:
        wanted = sys.executable if python == _here() else python
        _run([*self._command, "venv", "--python", wanted, str(path)], report, python)

    def install(self, path: Path, requirements: Sequence[str], report: Report) -> None:
        options = ["--python", str(path / "bin" / "python")]
        _run([*self._command, "pip", "install", *options, *_arguments(requirements)], report)


class _Pip:
    name = "pip"

    def make(self, path: Path, python: str, report: Report) -> None:
        interpreter = sys.executable if python == _here() else shutil.which(f"python{python}")
        if interpreter is None:
            raise _no_python(python)
        _run([interpreter, "-m", "venv", str(path)], report, python)

    def install(self, path: Path, requirements: Sequence[str], report: Report) -> None:
        options = ["--disable-pip-version-check", "--no-input"]
        _run([str(path / "bin" / "python"), "-m", "pip", "install", *options, *_arguments(requirements)], report)


def _here() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _find_uv() -> list[str] | None:
    found = shutil.which("uv")
    if found is not None:
        return [found]
    return [sys.executable, "-m", "uv"] if find_spec("uv") is not None else None


def _arguments(requirements: Sequence[str]) -> list[str]:
    """Return them as arguments; a line of a file may also be an option, such as `--extra-index-url URL`."""
    return [part for line in requirements for part in (line.split(maxsplit=1) if line.startswith("-") else [line])]


def _run(command: list[str], report: Report, python: str = "") -> None:
    """Run a command, pass on what it says line by line, and explain why it failed."""
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(  # noqa: S603 - no shell, and the requirements are what the caller trusts
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                last.append(line.rstrip())
                report(line.strip())
    if process.returncode:
        raise _explained("\n".join(last), python)


def _explained(said: str, python: str) -> ModelError:
    flat = " ".join(re.sub(r"[│╰─▶\u00d7├]", " ", said).split())
    if python and _NO_PYTHON.search(flat):
        return _no_python(python)
    missing = _NO_PACKAGE.search(flat)
    if missing is not None:
        name = next(group for group in missing.groups() if group).strip(",.`")
        return ModelError(_not_found(name) + f"\n{said}")
    if _NO_NETWORK.search(flat):
        return ModelError(f"the package index can't be reached:\n{said}")
    return ModelError(f"the environment can't be built:\n{said}")


def _not_found(name: str) -> str:
    if name.startswith("spanloom"):
        return (
            f"no package index has {name}: for a version that was not released, give its wheel or its source folder, "
            "--with PATH"
        )
    return (
        f"no package index has {name} for this Python and platform: correct the model's requirements.txt, or name the "
        "index that has it (UV_INDEX, PIP_EXTRA_INDEX_URL)"
    )


def _no_python(python: str) -> ModelError:
    return ModelError(
        f"the model was saved by Python {python}, which is not on this machine (this is {_here()}): install it, e.g. "
        f"uv python install {python}"
    )
