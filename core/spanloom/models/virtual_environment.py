"""Building the virtual environment that a model was saved with, by uv or pip."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import orjson

import spanloom
from spanloom.errors import ModelError
from spanloom.models.environment import PYTHON_ENV
from spanloom.models.installers import Installer, installer
from spanloom.models.model_file import Model
from spanloom.models.uris import resolve
from spanloom.models.yaml_files import read_yaml

__all__ = ["BuiltEnvironment", "build_environment"]

_SPANLOOM: Final = re.compile(r"spanloom(-\d|[^\w.-]|$)", re.IGNORECASE)
"""A requirement, or the name of a wheel."""

_FILE: Final = re.compile(r"(-c|-r|--constraint|--requirement)[\s=]*(?!\w+://)(\S.*)")

_MARK: Final = "spanloom-environment.json"


@dataclass(frozen=True)
class BuiltEnvironment:
    """An environment that was built.

    Attributes:
        path: Its folder.
        reused: Whether it was there already.
    """

    path: Path
    reused: bool

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"


def build_environment(
    model_uri: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    manager: Literal["uv", "pip"] | None = None,
    extra: Sequence[str] = (),
    report: Callable[[str], None] = lambda _line: None,
) -> BuiltEnvironment:
    """Build the virtual environment that a model needs, unless it is there already.

    Its Python has the minor version that saved the model; its packages are those of `requirements.txt`, with spanloom,
    which loads the model, if they lack it. Package indexes are those that uv or pip are configured for.

    Args:
        model_uri: A path or URI; see `resolve`.
        output: Its folder; by default one in the user's cache, shared by all models with the same requirements.
        manager: What installs; by default uv where it is found.
        extra: Further requirements, wheels or source folders. One of spanloom itself stands for the release that the
            model names: so a version that no index has is installed. With a folder, it is built anew each time.
        report: Is told how far it has come.

    Raises:
        ModelError: If there is no model, no such Python, or a package can't be installed.

    Example:
        >>> build_environment("models:/weather@prod").python
        PosixPath('/home/me/.cache/spanloom/environments/9f2c…/bin/python')
    """
    folder = resolve(model_uri)
    python, requirements = _wanted(folder)
    requirements = [*requirements, *_spanloom_for(requirements, extra)]
    given = [_existing(each) for each in extra]
    key = _key(python, requirements, given)
    path = Path(output).expanduser().absolute() if output is not None else _cache() / key[:24]
    _refuse_foreign(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent / f".{path.name}.lock", report):
        changing = any(Path(each).is_dir() for each in given)
        if not changing and _mark(path) == {"key": key, "complete": True}:
            return BuiltEnvironment(path, reused=True)
        _build(path, key, python, [*requirements, *given], installer(manager), report)
    return BuiltEnvironment(path, reused=False)


def _build(
    path: Path, key: str, python: str, requirements: list[str], tool: Installer, report: Callable[[str], None]
) -> None:
    shutil.rmtree(path, ignore_errors=True)
    report(f"Python {python} into {path}")
    tool.make(path, python, report)
    mark = path / _MARK
    mark.write_bytes(orjson.dumps({"key": key, "complete": False}))
    count = "1 requirement" if len(requirements) == 1 else f"{len(requirements)} requirements"
    report(f"{tool.name} installs {count}")
    tool.install(path, requirements, report)
    mark.write_bytes(orjson.dumps({"key": key, "complete": True}))


def _wanted(folder: Path) -> tuple[str, list[str]]:
    """Return the minor version of Python and the requirements that a model names."""
    path = folder / PYTHON_ENV
    described = read_yaml(path) if path.is_file() else {}
    version = str(described.get("python") or Model.load(folder).python_function.get("python_version") or "")
    if not version:
        raise ModelError(f"{folder} names no Python: expected {PYTHON_ENV} with `python: 3.11.9`, or the like")
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines() if _has_requirements(folder) else []
    lines += [line for line in described.get("dependencies") or [] if not line.startswith("-r ")]
    stripped = [line.split(" #")[0].strip() for line in lines]
    wanted = [_beside(folder, line) for line in stripped if line and not line.startswith("#")]
    return ".".join(version.split(".")[:2]), wanted


def _beside(folder: Path, line: str) -> str:
    """Return a line with the path of another file of the folder, such as MLflow's `-c constraints.txt`, as a whole."""
    found = _FILE.fullmatch(line)
    return f"{found[1]} {folder / found[2]}" if found else line


def _has_requirements(folder: Path) -> bool:
    return (folder / "requirements.txt").is_file()


def _spanloom_for(requirements: list[str], extra: Sequence[str]) -> list[str]:
    """Return what a model that was not saved by spanloom needs to be loaded by it."""
    named = any(_is_spanloom(line) for line in [*requirements, *extra])
    return [] if named else [f"spanloom[models]=={spanloom.__version__}"]


def _is_spanloom(requirement: str) -> bool:
    path = Path(requirement.partition("[")[0]).expanduser()
    if (path / "pyproject.toml").is_file():
        project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
        return bool(project.get("name") == "spanloom")
    return _SPANLOOM.match(path.name if path.exists() else requirement) is not None


def _existing(extra: str) -> str:
    """Return a path as an absolute one, with its extras; a requirement as it is."""
    path, bracket, extras = extra.partition("[")
    if Path(path).expanduser().exists():
        return f"{Path(path).expanduser().absolute()}{bracket}{extras}"
    if path.startswith((".", "/", "~")) or path.endswith(".whl"):
        raise ModelError(f"there is no {path!r}: expected a requirement, a wheel or the folder of a project")
    return extra


def _key(python: str, requirements: list[str], extra: list[str]) -> str:
    contents = [hashlib.sha256(Path(each).read_bytes()).hexdigest() for each in extra if Path(each).is_file()]
    return hashlib.sha256(orjson.dumps([python, sorted(requirements), extra, contents])).hexdigest()


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spanloom" / "environments"


def _mark(path: Path) -> object:
    try:
        return orjson.loads((path / _MARK).read_bytes())
    except (OSError, ValueError):
        return None


def _refuse_foreign(path: Path) -> None:
    if path.exists() and (not path.is_dir() or (any(path.iterdir()) and not (path / _MARK).is_file())):
        raise ModelError(f"{path} is there already, and was not made by build-env: choose another folder, or remove it")


@contextmanager
def _locked(path: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Let one process build at a time."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process builds it; waiting for that")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
