"""`load_model`: from a folder to something that answers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spanloom.errors import IncompatibleModelError, ModelError, ModelImportError, SpanloomError
from spanloom.models.code_import import public_name
from spanloom.models.context import read_config
from spanloom.models.digests import check_digests
from spanloom.models.examples import read_example
from spanloom.models.loaded import PyFuncModel
from spanloom.models.loader import load_implementation
from spanloom.models.model_file import Model
from spanloom.models.uris import resolve
from spanloom.models.versions import Differences, differences

__all__ = ["get_model_dependencies", "load_model"]


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
    other = differences(folder, model)
    with _told(folder, model, other):
        implementation = load_implementation(folder, model, config, allow_pickle=allow_pickle)
    if other and not suppress_warnings:
        warnings.warn(
            f"the model was saved with {other}, and may behave differently here; for the same: pip install -r "
            f"{folder / 'requirements.txt'}",
            stacklevel=2,
        )
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


@contextmanager
def _told(folder: Path, model: Model, other: Differences) -> Iterator[None]:
    """Tell why a model can't be loaded here, where that is not a matter of its own code."""
    install = f"pip install -r {folder / 'requirements.txt'}"
    if other.of_python and model.python_function.get("python_model"):
        raise IncompatibleModelError(
            f"this model was pickled by Python {other.python_there}, and this is {other.python_here}: use that, or "
            "save it from a script that calls set_model"
        )
    try:
        yield
    except ModuleNotFoundError as error:
        name = public_name(error.name or "")
        raise ModelImportError(
            f"the model needs the module {name!r}, neither among its code nor installed: {install}, or add it to "
            "save_model(code_paths=[...])",
            name=name,
        ) from error
    except SpanloomError:
        raise
    except SyntaxError as error:
        if not other.of_python:
            raise _failed(error) from error
        raise IncompatibleModelError(
            f"the model's code can't be read by Python {other.python_here} ({Path(error.filename or '').name}, line "
            f"{error.lineno}: {error.msg}); it was saved by Python {other.python_there}: use that"
        ) from error
    except (ImportError, AttributeError) as error:
        if not other:
            raise _failed(error) from error
        raise IncompatibleModelError(
            f"the model can't be loaded with the packages that are installed: {error}. It was saved with {other}: "
            f"{install}"
        ) from error
    except (Exception, SystemExit) as error:
        raise _failed(error) from error


def _failed(error: BaseException) -> ModelError:
    return ModelError(f"the model's own code failed while it was loaded: {type(error).__name__}: {error}")
