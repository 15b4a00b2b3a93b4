"""Where a model is: the folder that a path or a URI means."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from spanloom.errors import ModelError

__all__ = ["RESOLVERS", "resolve"]


def _file(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


def _registered(uri: str) -> Path:
    from spanloom.models.registry.resolution import registered_folder

    return registered_folder(uri)


def _run(uri: str) -> Path:
    from spanloom.models.registry.resolution import run_folder

    return run_folder(uri)


RESOLVERS: dict[str, Callable[[str], Path]] = {"file": _file, "models": _registered, "runs": _run}
"""What finds the folder of a URI, by its scheme."""


def resolve(model_uri: str | os.PathLike[str]) -> Path:
    """Return the folder of a model.

    Args:
        model_uri: A path, or a URI: `file:///…`, `runs:/<run id>/<path>`, `models:/m-<id>`, `models:/name/3`,
            `models:/name@alias`, `models:/name/latest`, `models:/name/Production`.

    Raises:
        ModelError: If there is no such folder, it is no model, or the URI is of an unknown kind.
        ArtifactError: If the run has no such artifact.
        DamagedModelError: If it is not what was registered.
        NotFoundError: If there is no such registered model, version or alias.
    """
    text = os.fspath(model_uri)
    try:
        return _folder(text)
    except OSError as error:  # a name that is too long, or a folder that may not be looked into
        raise ModelError(f"there is no model at {text!r}: {error}") from error


def _folder(text: str) -> Path:
    scheme, colon, _ = text.partition(":")
    if colon and len(scheme) > 1 and "/" not in scheme and not Path(text).exists():  # one letter: a drive of Windows
        if scheme not in RESOLVERS:
            known = ", ".join(f"{name}:/" for name in RESOLVERS)
            raise ModelError(f"{text!r}: unknown kind of URI; expected a path, or one of {known}")
        path = RESOLVERS[scheme](text)
    else:
        path = Path(text).expanduser()
    if not path.is_dir():
        raise ModelError(f"there is no model at {text!r}: no such folder")
    if not (path / "MLmodel").is_file():
        raise ModelError(f"{text!r} is no model: the folder has no file MLmodel")
    return path.absolute()
