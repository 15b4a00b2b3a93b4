"""`load_model`: from a folder to something that answers."""

from __future__ import annotations

import os
import platform
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spanloom.errors import IncompatibleModelError, ModelError, ModelImportError
from spanloom.models.context import read_config
from spanloom.models.digests import check_digests
from spanloom.models.examples import read_example
from spanloom.models.loaded import PyFuncModel
from spanloom.models.loader import load_implementation
from spanloom.models.model_file import Model
from spanloom.models.uris import resolve

__all__ = ["get_model_dependencies", "load_model"]

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^;\s]+)")
_MAX_LISTED = 10


def load_model(
    model_uri: str | os.PathLike[str],
    model_config: Mapping[str, Any] | str | Path | None = None,
    *,
    allow_pickle: bool = False,
    suppress_warnings: bool = False,
) -> PyFuncModel:
    """Load a model.

    Its code is imported under names of its own: two models may both have a module `tools`.

    Args:
        model_uri: A path or URI; see `resolve`.
        model_config: Values that replace those it was saved with: a dict, or the path of a YAML file.
        allow_pickle: Whether a pickled object may be loaded, which runs whatever code is in it.
        suppress_warnings: Do not tell that packages have other versions here than where it was saved.

    Raises:
        ModelError: If there is no model, it is pickled and that is not allowed, or the configuration has unknown keys.
        DamagedModelError: If a file is missing or was changed.
        ModelImportError: If a module it needs is not installed.
        IncompatibleModelError: If this Python can't run it.

    Example:
        >>> model = spanloom.models.load_model("weather_agent")
        >>> model.predict({"input": [{"role": "user", "content": "What is the weather in Paris?"}]})
    """
    folder = resolve(model_uri)
    check_digests(folder)
    model = Model.load(folder)
    config = _overridden(model.python_function.get("config") or {}, read_config(model_config))
    if not suppress_warnings:
        _warn_of_other_versions(folder, model)
    with _told(folder, model):
        implementation = load_implementation(folder, model, config, allow_pickle=allow_pickle)
    return PyFuncModel(model, implementation, config, read_example(folder, model))


def get_model_dependencies(model_uri: str | os.PathLike[str], format: str = "pip") -> str:  # noqa: A002 - MLflow's name
    """Return the path of a model's `requirements.txt`, or of its `conda.yaml`.

    Args:
        model_uri: A path or URI; see `resolve`.
        format: `"pip"` or `"conda"`.

    Raises:
        ModelError: If there is no model, or it has no such file.
    """
    names = {"pip": "requirements.txt", "conda": "conda.yaml"}
    if format not in names:
        raise ModelError(f"get_model_dependencies(format={format!r}): expected 'pip' or 'conda'")
    path = resolve(model_uri) / names[format]
    if not path.is_file():
        raise ModelError(f"this model was saved without {path.name}")
    return str(path)


def _overridden(saved: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    unknown = [key for key in given if key not in saved]
    if unknown:
        raise ModelError(
            f"model_config: unknown {', '.join(map(repr, unknown))}; the model was saved with "
            f"{', '.join(map(repr, saved)) or 'no configuration'}"
        )
    return {**saved, **given}


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _saved_by(model: Model) -> str:
    return str(model.python_function.get("python_version") or platform.python_version())


@contextmanager
def _told(folder: Path, model: Model) -> Iterator[None]:
    """Tell why a model can't be loaded here, where that is not a matter of its own code."""
    here, there = platform.python_version(), _saved_by(model)
    other = _minor(here) != _minor(there)
    if other and model.python_function.get("python_model"):
        raise IncompatibleModelError(
            f"this model was pickled by Python {there}, and this is {here}: use Python {_minor(there)}, or save it from "
            "a script that calls set_model"
        )
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModelImportError(
            f"the model needs the module {error.name!r}, neither among its code nor installed: "
            f"pip install -r {folder / 'requirements.txt'}, or add it to save_model(code_paths=[...])",
            name=error.name,
        ) from error
    except SyntaxError as error:
        if not other:
            raise
        raise IncompatibleModelError(
            f"the model's code can't be read by Python {here} ({Path(error.filename or '').name}, line {error.lineno}: "
            f"{error.msg}); it was saved by Python {there}: use that"
        ) from error


def _warn_of_other_versions(folder: Path, model: Model) -> None:
    here, there = platform.python_version(), _saved_by(model)
    differences = [f"Python {there} (here {here})"] if _minor(here) != _minor(there) else []
    path = folder / "requirements.txt"
    if path.is_file():
        differences += _other_packages(path.read_text(encoding="utf-8"))
    if differences:
        more = f" and {len(differences) - _MAX_LISTED} more" if len(differences) > _MAX_LISTED else ""
        warnings.warn(
            f"the model was saved with {', '.join(differences[:_MAX_LISTED])}{more}. "
            f"for the same: {Path(sys.executable).name} -m pip install -r {path}",
            stacklevel=3,
        )


def _other_packages(requirements: str) -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version

    for line in requirements.splitlines():
        found = _PIN.match(line.strip())
        if found is None:
            continue
        name, there = found.groups()
        try:
            here = version(name)
        except PackageNotFoundError:
            yield f"{name} {there} (not installed here)"
            continue
        if here != there:
            yield f"{name} {there} (here {here})"
