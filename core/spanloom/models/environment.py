"""The files that say which environment a model needs: `requirements.txt`, `python_env.yaml`, `conda.yaml`."""

from __future__ import annotations

import platform
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spanloom.errors import ModelError
from spanloom.models.secret_check import holds_credentials, refuse_named_secrets
from spanloom.models.yaml_files import read_yaml, to_yaml

__all__ = ["CONDA_ENV", "PYTHON_ENV", "Environment", "write_environment"]

PYTHON_ENV: Final = "python_env.yaml"
CONDA_ENV: Final = "conda.yaml"
_REQUIREMENTS: Final = "requirements.txt"
_USER = re.compile(r"(?<!\+ssh)://[^/\s]*@")
"""Of an address; over SSH it is no secret."""
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_REQUIREMENT = re.compile(rf"{_NAME.pattern}\s*(?:\[[^]]*\])?\s*(?:$|[@;(]|[=<>!~]=?)")
"""PEP 508, as far as it tells a requirement from a path."""
_HASH = re.compile(r"[ \t]+--hash[= ]\S+")
"""Of one archive; what installs a model is given requirements one by one, where none can stand."""
_ARCHIVES: Final = (".whl", ".zip", ".tar.gz")


@dataclass(frozen=True)
class Environment:
    """What the caller of `save_model` says about the environment.

    Attributes:
        pip_requirements: The requirements, instead of what was seen: a list, or the path of a file.
        extra_pip_requirements: Further ones; one for the same package replaces what was seen.
        conda_env: The content of `conda.yaml`, or the path of one.
        python_env: The content of `python_env.yaml`, likewise.
    """

    pip_requirements: Iterable[str] | str | Path | None = None
    extra_pip_requirements: Iterable[str] | str | Path | None = None
    conda_env: Mapping[str, Any] | str | Path | None = None
    python_env: Mapping[str, Any] | str | Path | None = None

    def __post_init__(self) -> None:
        if self.conda_env is not None and (self.pip_requirements or self.extra_pip_requirements):
            raise ModelError("conda_env names the requirements itself: leave out pip_requirements and extra_…")
        if self.pip_requirements is not None and self.extra_pip_requirements is not None:
            raise ModelError("give pip_requirements for all, or extra_pip_requirements beside what is found; not both")


def write_environment(folder: Path, environment: Environment, seen: list[str]) -> None:
    """Write the three files.

    Args:
        folder: The model's folder.
        environment: What the caller says.
        seen: What the model imported, pinned.

    Raises:
        ModelError: If a requirement is one of this machine only, or a file can't be read.
    """
    conda = _content(environment.conda_env, "conda_env")
    if conda is not None:
        requirements = _pip_of(conda)
    elif environment.pip_requirements is not None:
        requirements = _lines(environment.pip_requirements)
        if not any(_name(line) == "spanloom" for line in requirements):
            requirements = [*requirements, *(line for line in seen if _name(line) == "spanloom")]
    else:
        extra = _lines(environment.extra_pip_requirements or ())
        named = {_name(line) for line in extra}
        requirements = [*(line for line in seen if _name(line) not in named), *extra]
    for line in requirements:
        if line.startswith("#"):
            warnings.warn(
                f"requirements.txt can't bring {line.removeprefix('# ')}: name where it can be had, "
                "extra_pip_requirements=['name @ git+https://…'], or add its source to code_paths",
                stacklevel=3,
            )
    (folder / _REQUIREMENTS).write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    python = _content(environment.python_env, "python_env") or _python_env()
    (folder / PYTHON_ENV).write_text(to_yaml(python), encoding="utf-8")
    (folder / CONDA_ENV).write_text(to_yaml(conda or _conda_env(requirements)), encoding="utf-8")


def _python_env() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": [f"-r {_REQUIREMENTS}"],
    }


def _conda_env(requirements: list[str]) -> dict[str, Any]:
    return {
        "channels": ["conda-forge"],
        "dependencies": [
            f"python={platform.python_version()}",
            "pip",
            {"pip": [line for line in requirements if not line.startswith("#")]},
        ],
        "name": "spanloom-env",
    }


def _content(given: Mapping[str, Any] | str | Path | None, argument: str) -> dict[str, Any] | None:
    content = read_yaml(Path(given)) if isinstance(given, str | Path) else given
    if content is not None and not isinstance(content, Mapping):
        raise ModelError(f"{argument}: expected a dict, or the path of a YAML file with one")
    refuse_named_secrets(argument, content)
    return dict(content) if content is not None else None


def _pip_of(conda: dict[str, Any]) -> list[str]:
    parts = [part["pip"] for part in conda.get("dependencies") or [] if isinstance(part, Mapping) and "pip" in part]
    return [line for part in parts for line in _lines(part)]


def _lines(given: Iterable[str] | str | Path) -> list[str]:
    if isinstance(given, str | Path):
        path = Path(given)
        if not path.is_file():
            raise ModelError(f"there is no file {str(given)!r} of requirements; expected its path, or a list of them")
        given = _HASH.sub("", path.read_text(encoding="utf-8").replace("\\\n", "")).splitlines()
    lines = [line.split(" #")[0].strip() for line in given]
    lines = [line for line in lines if line and not line.startswith("#")]
    for line in lines:
        is_archive = line.lower().endswith(_ARCHIVES) and "@" not in line
        if is_archive or "file:" in line or _REQUIREMENT.match(line) is None:
            raise ModelError(
                f"the requirement {line!r} can't be installed elsewhere: expected a package, such as 'httpx==0.28.1'; "
                "code of your own belongs into code_paths"
            )
        if _USER.search(line) or holds_credentials(line):
            raise ModelError(
                f"the requirement {line.partition('://')[0]}://… holds a user name, password or token, which would be "
                "saved: leave it out, and give it to pip where the model is installed"
            )
    return lines


def _name(requirement: str) -> str:
    found = _NAME.match(requirement.removeprefix("# "))
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else requirement
