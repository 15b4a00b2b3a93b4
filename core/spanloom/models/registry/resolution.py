"""From `models:/…` and `runs:/…` to the folder of a kept model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spanloom.errors import ArtifactError, ModelError
from spanloom.models.registry.entities import LoggedModel
from spanloom.models.registry.keeping import folder_of
from spanloom.models.registry.logged_models import get_logged_model
from spanloom.models.registry.references import SCHEME, parse_uri
from spanloom.models.registry.rows import find_version, load_kept
from spanloom.models.registry.tables import KEPT_MODELS, SCHEMA
from spanloom.store.records import reading
from spanloom.tracking.artifacts import download_artifacts

__all__ = ["find_kept", "not_deleted", "registered_folder", "run_folder"]

_RUN_URI = re.compile(r"runs:/+([^/]+)/(.+?)/*")


def find_kept(uri: str) -> LoggedModel | None:
    """Return the kept model that a URI means; `None` if it is of another kind, or the run logged no such model.

    Raises:
        ModelError: If the URI can't be understood.
        NotFoundError: If a `models:/` URI means none.
    """
    if uri.startswith(SCHEME):
        return _of_registry(uri)
    found = _RUN_URI.fullmatch(uri)
    return _of_run(found[1], found[2]) if found is not None else None


def _of_registry(uri: str) -> LoggedModel:
    reference = parse_uri(uri)
    if isinstance(reference, str):
        return get_logged_model(reference)
    with reading(SCHEMA) as connection:
        version = find_version(connection, reference)
        return load_kept(connection, KEPT_MODELS.c.model_id == version.model_id)[0]


def _of_run(run_id: str, name: str) -> LoggedModel | None:
    with reading(SCHEMA) as connection:
        found = load_kept(connection, (KEPT_MODELS.c.source_run_id == run_id) & (KEPT_MODELS.c.name == name))
    return found[0] if found else None


@contextmanager
def not_deleted(uri: str) -> Iterator[None]:
    """Say it if the block misses files because somebody deleted the model since it was found.

    Raises:
        NotFoundError: In place of the block's `ModelError`.
    """
    try:
        yield
    except ModelError:
        find_kept(uri)
        raise


def registered_folder(uri: str) -> Path:
    """Return the folder of a registered version or logged model, given its `models:/` URI.

    Raises:
        DamagedModelError: If it is not what was registered.
        ModelError: If the URI can't be understood, or the files are not here.
        NotFoundError: If it means none.
    """
    with not_deleted(uri):
        return folder_of(_of_registry(uri))


def run_folder(uri: str) -> Path:
    """Return the folder that `runs:/<run id>/<name>` means: a model that the run logged, or any of its artifacts.

    Raises:
        ArtifactError: If there is neither; it names what there is.
        DamagedModelError: If the model is not what was logged.
        ModelError: If the files are not here.
    """
    found = find_kept(uri)
    if found is not None:
        return folder_of(found)
    try:
        return Path(download_artifacts(uri))
    except ArtifactError as error:
        run_id = uri.removeprefix("runs:").strip("/").partition("/")[0]
        with reading(SCHEMA) as connection:
            logged = [each.name for each in load_kept(connection, KEPT_MODELS.c.source_run_id == run_id)]
        raise ArtifactError(f"{error}; logged models: {', '.join(filter(None, logged)) or 'none'}") from error
