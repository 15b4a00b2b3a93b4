"""Files of runs and models: where they are, and what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from spanloom.errors import ArtifactError
from spanloom.store.sqlite import path_of
from spanloom.tracing.settings import settings
from spanloom.tracking.files import copy_file, copy_folder, is_partial, safe_path

__all__ = [
    "FileInfo",
    "artifact_location",
    "download_artifacts",
    "list_artifacts",
    "load_dict",
    "load_text",
    "model_artifacts",
    "run_artifacts",
]

_FOLDER: Final = "spanloom_artifacts"
_RUN_URI = re.compile(r"runs:/+([^/]+)/?(.*)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def artifact_location() -> Path:
    """Return the folder of all artifacts, an absolute path; it need not exist yet.

    It is what `spanloom.configure(artifact_location=...)` or `SPANLOOM_ARTIFACT_LOCATION` says, else
    `spanloom_artifacts` beside the SQLite file, or in the working directory for a store of another kind.
    """
    if settings.artifact_location is not None:
        return Path(settings.artifact_location).expanduser().absolute()
    if settings.store.startswith("sqlite://") and (path := path_of(settings.store)) != ":memory:":
        return Path(path).absolute().parent / _FOLDER
    return Path(_FOLDER).absolute()


def run_artifacts(run_id: str) -> Path:
    """Return the folder of the files of a run; it need not exist yet.

    Raises:
        ArtifactError: If that is no id.
    """
    return _folder("runs", run_id)


def model_artifacts(model_id: str) -> Path:
    """Return the folder of a logged model; it need not exist yet.

    Raises:
        ArtifactError: If that is no id.
    """
    return _folder("models", model_id)


def _folder(kind: str, name: str) -> Path:
    if not _ID.fullmatch(name):
        raise ArtifactError(f"{name!r} is no id; expected letters, digits, - and _")
    return artifact_location() / kind / name


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file or folder among the artifacts.

    Attributes:
        path: Its name inside the run's artifacts, with slashes.
        is_dir: Whether it is a folder.
        file_size: Bytes; `None` for a folder.
    """

    path: str
    is_dir: bool
    file_size: int | None


def list_artifacts(
    artifact_uri: str | None = None, run_id: str | None = None, artifact_path: str | None = None
) -> list[FileInfo]:
    """Return what a folder of a run's artifacts holds, by name; nothing if there is no such folder.

    Args:
        artifact_uri: `runs:/<run id>/<path>`, or what `get_artifact_uri` gave, instead of the other two.
        run_id: The run.
        artifact_path: The folder inside its artifacts; a file is listed alone.

    Raises:
        ArtifactError: If the path leads outside, or nothing says which run.
    """
    root, path = _place(artifact_uri, run_id, artifact_path)
    if path.is_file():
        return [_info(root, path)]
    found = sorted(path.iterdir()) if path.is_dir() else []
    return [_info(root, entry) for entry in found if not is_partial(entry)]


def _info(root: Path, path: Path) -> FileInfo:
    is_dir = path.is_dir()
    return FileInfo(path.relative_to(root).as_posix(), is_dir, None if is_dir else path.stat().st_size)


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
) -> str:
    """Return the local path of a file or folder of a run.

    Args:
        artifact_uri: `runs:/<run id>/<path>`, or what `get_artifact_uri` gave, instead of the next two.
        run_id: The run.
        artifact_path: The name inside its artifacts; all of them by default.
        dst_path: A folder to copy it to; by default it is used where it is, and must not be changed there.

    Raises:
        ArtifactError: If it is not there or can't be copied, the path leads outside, or nothing says which run.

    Example:
        >>> path = spanloom.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="prompt.txt")
    """
    root, path = _place(artifact_uri, run_id, artifact_path)
    if not path.exists():
        there = ", ".join(info.path for info in list_artifacts(run_id=root.name))
        raise ArtifactError(f"there is no artifact {path.relative_to(root).as_posix()!r}; there are: {there or 'none'}")
    if dst_path is None:
        return str(path)
    target = Path(dst_path)
    if path.is_dir():
        name = "" if path == root else path.name
        target.mkdir(parents=True, exist_ok=True)
        copy_folder(path, target, name)
        return str(target / name)
    return str(copy_file(path, target, path.name))


def load_text(artifact_uri: str) -> str:
    """Return a text that `log_text` kept, given `runs:/<run id>/<path>` or what `get_artifact_uri` gave.

    Raises:
        ArtifactError: If it is not there.
    """
    return Path(download_artifacts(artifact_uri)).read_text(encoding="utf-8")


def load_dict(artifact_uri: str) -> Any:
    """Return a JSON document that `log_dict` kept, given `runs:/<run id>/<path>` or what `get_artifact_uri` gave.

    Raises:
        ArtifactError: If it is not there, or no JSON.
    """
    try:
        return orjson.loads(load_text(artifact_uri))
    except orjson.JSONDecodeError as error:
        raise ArtifactError(f"{artifact_uri} is no JSON document: {error}") from error


def _place(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> tuple[Path, Path]:
    """Return the folder of the run's artifacts, and the path in it."""
    if artifact_uri is not None:
        run_id, artifact_path = _parts(artifact_uri)
    if run_id is None:
        raise ArtifactError("nothing says which run: give run_id, or artifact_uri='runs:/<run id>/<path>'")
    root = run_artifacts(run_id)
    return root, safe_path(root, artifact_path or "")


def _parts(uri: str) -> tuple[str, str]:
    """Return the run that a URI means, and the path among its artifacts."""
    found = _RUN_URI.fullmatch(uri)
    if found is not None:
        return found[1], found[2]
    runs = artifact_location() / "runs"
    path = Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri)
    if path == runs or not path.is_relative_to(runs):
        raise ArtifactError(f"{uri!r}: expected runs:/<run id>/<path>, or a file of a run below {runs.as_uri()}")
    run_id, *names = path.relative_to(runs).parts
    return run_id, "/".join(names)
