"""`spanloom.register_model`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from spanloom.errors import ModelError, NotFoundError
from spanloom.models.digests import check_digests
from spanloom.models.registry.entities import LoggedModel, ModelVersion, RegisteredModel
from spanloom.models.registry.keeping import copy_aside, folder_of, locked, record
from spanloom.models.registry.names import checked_name, checked_tags
from spanloom.models.registry.references import Reference
from spanloom.models.registry.resolution import find_kept, not_deleted
from spanloom.models.registry.rows import find_version, load_models, version_id
from spanloom.models.registry.tables import KEPT_MODELS, MODELS, SCHEMA, TAGS, VERSION_TAGS, VERSIONS
from spanloom.models.uris import resolve
from spanloom.store.numbering import take_number
from spanloom.store.records import insert_or, set_values, writing
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.stamps import now_ms, user_name

__all__ = ["create_registered_model", "register_model"]


def register_model(
    model_uri: str | os.PathLike[str],
    name: str,
    *,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> ModelVersion:
    """Register a model under a name, as its next version; several processes may do so at once.

    A logged model is referred to; any other folder is copied, whole or not at all. What is registered can't be changed:
    whoever loads the version gets the files that are there now, or an error.

    Args:
        model_uri: What to register: `models:/m-<id>`, `runs:/<run id>/<name>`, a version of another model
            (`models:/name/3`), a path or `file:` URI.
        name: The registered model, which is made if it is not there.
        tags: Tags of the version.
        description: What people should know about the version.

    Raises:
        ArtifactError: If it can't be copied.
        DamagedModelError: If a file is missing or was changed since the model was saved.
        ModelError: If there is no model, or the name or a tag can't be used.
        NotFoundError: If there is no such logged model, run or version.
        StoreError: If the store can't be written.

    Example:
        >>> info = spanloom.models.log_model(name="agent", python_model="agent.py")
        >>> version = spanloom.register_model(info.model_uri, "weather-agent")
        >>> version.version, version.uri
        (1, 'models:/weather-agent/1')
    """
    checked_name(name)
    labels = checked_tags(tags)
    source = os.fspath(model_uri)
    known = find_kept(source)
    if known is not None:
        with not_deleted(source):
            check_digests(folder_of(known))
        with writing(SCHEMA) as connection:
            return _insert(connection, name, known, source, description, labels)
    folder = resolve(source)
    source = source if source.startswith("runs:") else str(folder)
    with copy_aside(folder) as copy, writing(SCHEMA) as connection:
        record(connection, copy)
        return _insert(connection, name, copy, source, description, labels)


def create_registered_model(
    name: str, tags: Mapping[str, Any] | None = None, description: str | None = None
) -> RegisteredModel:
    """Make a registered model that has no version yet. `register_model` makes it by itself where it is missing.

    Raises:
        ModelError: If there is one of this name, or the name or a tag can't be used.
        StoreError: If the store can't be written.
    """
    checked_name(name)
    labels, now = checked_tags(tags), now_ms()
    row = {
        "name": name,
        "description": None if description is None else storable_text(description),
        "creation_timestamp": now,
        "last_updated_timestamp": now,
        "next_version": 1,
    }
    with writing(SCHEMA) as connection:
        made = insert_or(connection.dialect.name, MODELS).on_conflict_do_nothing().values(row)
        if connection.scalar(made.returning(MODELS.c.name)) is None:
            raise ModelError(f"there is a registered model {name!r} already; register_model adds a version to it")
        set_values(connection, TAGS, {"name": name}, labels)
        return load_models(connection, [name])[0]


def _insert(
    connection: Connection, name: str, model: LoggedModel, source: str, description: str | None, tags: dict[str, str]
) -> ModelVersion:
    now = now_ms()
    new = {"name": name, "creation_timestamp": now, "last_updated_timestamp": now}
    number = take_number(connection, MODELS, new, renewed=["last_updated_timestamp"])
    key = version_id(name, number)
    # Locked after the name, as who deletes the name does: else the two would wait for each other in PostgreSQL.
    if not locked(connection, KEPT_MODELS.c.model_id == model.model_id):
        raise NotFoundError(f"the model {model.model_id} was deleted just now")
    folder_of(model)  # refuses what nobody could load
    row = {
        "version_id": key,
        "name": name,
        "version": number,
        "model_id": model.model_id,
        "description": None if description is None else storable_text(description),
        "creation_timestamp": now,
        "last_updated_timestamp": now,
        "user_id": user_name(),
        "source": storable_text(source),
        "run_id": model.source_run_id,
        "current_stage": "None",
    }
    connection.execute(insert(VERSIONS), [row])
    set_values(connection, VERSION_TAGS, {"version_id": key}, tags)
    return find_version(connection, Reference(name, number))
