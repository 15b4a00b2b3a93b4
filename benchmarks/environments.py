"""One virtual environment per contender, made and compiled before anything is timed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["CHECKOUT", "clean_environ", "home_of", "prepare", "prepare_with", "versions"]

CHECKOUT = Path(__file__).resolve().parent.parent

_REQUIREMENTS = {
    "spanloom": [f"spanloom[all] @ {CHECKOUT.as_uri()}"],
    "opentelemetry": ["opentelemetry-sdk"],
    "mlflow": ["mlflow"],
}
_GUESTS = {"wrapt": "spanloom"}
"""Contenders that live in another's environment."""

_OWN_SETTINGS = ("PYTHON", "SPANLOOM_", "OTEL_", "MLFLOW_", "VIRTUAL_ENV")
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def home_of(contender: str) -> str:
    """Return the name of the environment that a contender runs in."""
    return _GUESTS.get(contender, contender)


def clean_environ(**settings: str) -> dict[str, str]:
    """Return the process environment without anything that configures a contender."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    return inherited | _QUIET | settings


def prepare(name: str, folder: Path) -> Path:
    """Make a contender's environment; return its Python."""
    return prepare_with(_REQUIREMENTS[name], folder / name)


def prepare_with(requirements: list[str], place: Path) -> Path:
    """Make the environment where it is missing, install the requirements, compile all bytecode; return its Python.

    Peers stay as they were installed first; the checkout is installed afresh every time.
    """
    python = place / "bin" / "python"
    uv = shutil.which("uv")
    if uv:
        if not python.exists():
            _run(uv, "venv", "-q", "--python", sys.executable, str(place))
        _run(uv, "pip", "install", "-q", "--reinstall-package", "spanloom", "--python", str(python), *requirements)
    else:
        if not (place / "bin" / "pip").exists():  # also where uv made it: uv puts none in
            _run(sys.executable, "-m", "venv", str(place))
        _run(str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements)
    # No check: some packages ship templates that are no Python.
    subprocess.run(
        [str(python), "-m", "compileall", "-q", "-q", "-j", "0", str(place / "lib")], check=False, env=clean_environ()
    )
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, env=clean_environ())


def versions(python: Path, distributions: list[str]) -> dict[str, str]:
    """Return the installed versions."""
    code = "import sys, importlib.metadata as m; print(*[m.version(name) for name in sys.argv[1:]])"
    found = subprocess.run(
        [str(python), "-I", "-c", code, *distributions], check=True, capture_output=True, text=True
    ).stdout.split()
    return dict(zip(distributions, found, strict=True))
