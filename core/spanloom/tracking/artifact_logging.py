"""`spanloom.log_artifact`, `log_artifacts`, `log_text` and `log_dict`."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from spanloom.errors import ArtifactError, extra_needed
from spanloom.store.records import reading
from spanloom.tracking.active import active_run, run_id_or_active
from spanloom.tracking.artifacts import run_artifacts
from spanloom.tracking.files import copy_file, copy_folder, write_file
from spanloom.tracking.run_rows import not_found
from spanloom.tracking.tables import RUNS, SCHEMA

__all__ = ["folder_of", "get_artifact_uri", "log_artifact", "log_artifacts", "log_dict", "log_text"]


def log_artifact(
    local_path: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Copy a file, or a folder with its name, to the run's artifacts. Readers see all of a file or nothing.

    Args:
        local_path: The file or folder.
        artifact_path: The folder inside the artifacts; their root by default.
        run_id: The run; by default the active one, or a new one where none is active.

    Raises:
        ArtifactError: If it is not there, can't be copied, or the path leads outside.
        NotFoundError: If there is no such run.

    Example:
        >>> spanloom.log_artifact("confusion.png", "plots")
    """
    source, folder = Path(local_path), folder_of(run_id)
    name = "/".join(filter(None, (artifact_path, source.name)))
    if source.is_dir():
        copy_folder(source, folder, name)
    else:
        copy_file(source, folder, name)


def log_artifacts(
    local_dir: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Copy what a folder holds to the run's artifacts. See `log_artifact`."""
    copy_folder(Path(local_dir), folder_of(run_id), artifact_path or "")


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a text as a file of the run, UTF-8.

    Args:
        text: The text.
        artifact_file: Its name inside the artifacts: `"prompts/system.txt"`.
        run_id: The run; by default the active one, or a new one where none is active.

    Raises:
        ArtifactError: If the name can't be used, or the file can't be written.
        NotFoundError: If there is no such run.
    """
    write_file(folder_of(run_id), artifact_file, text.encode())


def log_dict(dictionary: dict[str, Any] | list[Any], artifact_file: str, run_id: str | None = None) -> None:
    """Keep a document as a file of the run: as YAML if its name ends in `.yaml` or `.yml`, as JSON otherwise.

    See `log_text`.

    Raises:
        ArtifactError: If no JSON can be made of it, too.
        MissingExtraError: If it is to be YAML, and pyyaml is not installed.

    Example:
        >>> spanloom.log_dict({"labels": ["yes", "no"]}, "labels.json")
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    try:
        content = orjson.dumps(dictionary, option=options, default=str)
    except TypeError as error:
        raise ArtifactError(f"log_dict({artifact_file!r}): no JSON can be made of this: {error}") from error
    if Path(artifact_file).suffix.lower() in {".yaml", ".yml"}:
        content = _yaml(content)
    write_file(folder_of(run_id), artifact_file, content)


def _yaml(content: bytes) -> bytes:
    """Return a JSON document as YAML."""
    with extra_needed("log_dict of a YAML file", "prompts", "yaml"):
        yaml = importlib.import_module("yaml")  # its type stubs are a package of their own
    return bytes(yaml.safe_dump(orjson.loads(content), sort_keys=False, allow_unicode=True, encoding="utf-8"))


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return where the active run's artifacts are, or one of them, as a `file://` URI."""
    folder = run_artifacts(run_id_or_active(None))
    return (folder / artifact_path if artifact_path else folder).as_uri()


def folder_of(run_id: str | None) -> Path:
    """Return the artifacts of the run, by default of the active one.

    Raises:
        NotFoundError: If there is no such run.
    """
    run = active_run()
    if run_id is not None and (run is None or run.info.run_id != run_id):
        with reading(SCHEMA) as connection:
            if connection.scalar(select(RUNS.c.run_id).where(RUNS.c.run_id == run_id)) is None:
                raise not_found(run_id)
    return run_artifacts(run_id_or_active(run_id))
