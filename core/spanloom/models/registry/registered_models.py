"""Registered models: to get, describe and delete."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from spanloom.models.registry.entities import RegisteredModel
from spanloom.models.registry.keeping import drop_copies, remove_files
from spanloom.models.registry.names import checked_name
from spanloom.models.registry.references import Reference
from spanloom.models.registry.rows import changing, load_models, not_found
from spanloom.models.registry.tables import MODELS, SCHEMA, VERSIONS
from spanloom.store.records import reading
from spanloom.tracing.snapshot import storable_text

__all__ = ["delete_registered_model", "get_registered_model", "update_registered_model"]


def get_registered_model(name: str) -> RegisteredModel:
    """Return what the versions of a model have in common.

    Raises:
        NotFoundError: If there is no such model; it names what is near.
        StoreError: If the store can't be read.
    """
    with reading(SCHEMA) as connection:
        found = load_models(connection, [checked_name(name)])
        if not found:
            raise not_found(connection, Reference(name))
    return found[0]


def update_registered_model(name: str, description: str | None = None) -> RegisteredModel:
    """Describe a registered model, and return it.

    Raises:
        NotFoundError: If there is no such model.
        StoreError: If the store can't be written.
    """
    described = None if description is None else storable_text(description)
    with changing(checked_name(name)) as connection:
        connection.execute(update(MODELS).where(MODELS.c.name == name).values(description=described))
        return load_models(connection, [name])[0]


def delete_registered_model(name: str) -> None:
    """Delete a registered model for good, with its versions, tags and aliases.

    The files of versions go, too, if they were copied for them; logged models stay.

    Raises:
        NotFoundError: If there is no such model.
        StoreError: If the store can't be written.
    """
    with changing(checked_name(name)) as connection:
        ids = list(connection.scalars(select(VERSIONS.c.model_id).where(VERSIONS.c.name == name)))
        connection.execute(delete(MODELS).where(MODELS.c.name == name))
        unused = drop_copies(connection, ids)
    remove_files(unused)
