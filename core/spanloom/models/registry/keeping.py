"""The folders of models that are kept: copied whole, checked, never changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from spanloom.errors import DamagedModelError, ModelError
from spanloom.models.digests import DIGESTS, check_digests, model_digest, write_digests
from spanloom.models.model_file import Model
from spanloom.models.registry.entities import LoggedModel
from spanloom.models.registry.rows import load_kept
from spanloom.models.registry.tables import KEPT_MODELS, VERSIONS
from spanloom.tracking.artifacts import artifact_location, model_artifacts
from spanloom.tracking.files import copy_folder, new_folder
from spanloom.tracking.stamps import now_ms

__all__ = ["copy_aside", "drop", "drop_copies", "folder_of", "kept", "locked", "record", "remove_files", "undone"]


def kept(model_id: str, name: str | None, run_id: str | None) -> LoggedModel:
    """Return what is to be recorded about a folder that is complete."""
    digest = model_digest(model_artifacts(model_id))
    if digest is None:
        raise DamagedModelError(f"the model {model_id} was kept without {DIGESTS}")
    return LoggedModel(model_id, name, run_id, digest, now_ms())


def record(connection: Connection, model: LoggedModel) -> None:
    """Make a kept model known."""
    row = {
        "model_id": model.model_id,
        "name": model.name,
        "source_run_id": model.source_run_id,
        "digest": model.digest,
        "creation_timestamp": model.creation_timestamp,
    }
    connection.execute(insert(KEPT_MODELS), [row])


@contextmanager
def undone(folder: Path) -> Iterator[None]:
    """Remove the folder if the block raises."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def copy_aside(source: Path) -> Iterator[LoggedModel]:
    """Copy a model, under an id of its own, for the block to record; if the block raises, nothing is left.

    Raises:
        ArtifactError: If it can't be copied.
        DamagedModelError: If a file is missing or was changed since the model was saved.
    """
    run_id = Model.load(source).run_id
    model_id = f"m-{uuid4().hex}"
    with undone(model_artifacts(model_id)):
        _copy(source, model_artifacts(model_id))
        yield kept(model_id, None, run_id)


def _copy(source: Path, target: Path) -> None:
    with new_folder(target) as folder:
        copy_folder(source, folder)
        if (folder / DIGESTS).is_file():
            check_digests(folder)
        else:
            write_digests(folder)  # saved elsewhere; from now on its files are known


def folder_of(model: LoggedModel) -> Path:
    """Return the folder of a kept model.

    Raises:
        DamagedModelError: If its digests are not those that were recorded.
        ModelError: If it is not there.
    """
    folder = model_artifacts(model.model_id)
    if not folder.is_dir():
        raise ModelError(
            f"the files of {model.model_uri} are not below {artifact_location()}: "
            "spanloom.configure(artifact_location=...) names the folder that they were kept in"
        )
    if model_digest(folder) != model.digest:
        raise DamagedModelError(
            f"the model in {folder} is not what was registered: its {DIGESTS} is missing or was changed. Restore the "
            "folder from a copy, or register the model again"
        )
    return folder


def drop_copies(connection: Connection, model_ids: Sequence[str]) -> list[str]:
    """Drop those of these models that were copied to be registered, and that no version uses any more; see `drop`."""
    own = KEPT_MODELS.c.model_id.in_(model_ids) & KEPT_MODELS.c.name.is_(None)
    return drop(connection, [each.model_id for each in locked(connection, own)])


def drop(connection: Connection, model_ids: Sequence[str]) -> list[str]:
    """Drop those of these models, which are locked, that no version uses.

    Returns:
        Their ids, for `remove_files` once the transaction is over: until then it may be undone.
    """
    used = set(connection.scalars(select(VERSIONS.c.model_id).where(VERSIONS.c.model_id.in_(model_ids))))
    unused = [model_id for model_id in model_ids if model_id not in used]
    connection.execute(delete(KEPT_MODELS).where(KEPT_MODELS.c.model_id.in_(unused)))
    return unused


def remove_files(model_ids: Sequence[str]) -> None:
    """Remove the folders of models that were dropped."""
    for model_id in model_ids:
        _remove(model_artifacts(model_id))


def locked(connection: Connection, condition: ColumnElement[bool]) -> list[LoggedModel]:
    """Return the kept models that fit, which nobody else registers or deletes until the transaction is over."""
    ordered = select(KEPT_MODELS.c.model_id).where(condition).order_by(KEPT_MODELS.c.model_id)
    connection.execute(ordered.with_for_update())
    return load_kept(connection, condition)


def _remove(folder: Path) -> None:
    """Remove a folder: for everybody else at once."""
    gone = folder.with_name(f"{folder.name}.{os.urandom(4).hex()}.deleted")
    try:
        folder.replace(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)
