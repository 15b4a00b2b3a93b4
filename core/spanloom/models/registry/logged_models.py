"""Models that were logged: to get and delete, whether they are registered or not."""

from __future__ import annotations

from spanloom.errors import ModelError, NotFoundError
from spanloom.models.registry.entities import LoggedModel
from spanloom.models.registry.keeping import drop, locked, remove_files
from spanloom.models.registry.rows import load_kept
from spanloom.models.registry.tables import KEPT_MODELS, SCHEMA
from spanloom.store.records import reading, writing

__all__ = ["delete_logged_model", "get_logged_model"]


def get_logged_model(model_id: str) -> LoggedModel:
    """Return a model that was logged, or copied when it was registered.

    Raises:
        NotFoundError: If there is none of this id.
        StoreError: If the store can't be read.
    """
    with reading(SCHEMA) as connection:
        found = load_kept(connection, KEPT_MODELS.c.model_id == model_id)
    if not found:
        raise _not_found(model_id)
    return found[0]


def delete_logged_model(model_id: str) -> None:
    """Delete a logged model for good, with its files.

    Raises:
        ModelError: If a registered version uses it.
        NotFoundError: If there is none of this id.
        StoreError: If the store can't be written.
    """
    with writing(SCHEMA) as connection:
        if not locked(connection, KEPT_MODELS.c.model_id == model_id):
            raise _not_found(model_id)
        unused = drop(connection, [model_id])
        if not unused:
            raise ModelError(
                f"the model {model_id} is registered; delete the versions that use it first: "
                f"spanloom.models.search_model_versions(filter_string=\"model_id = '{model_id}'\")"
            )
    remove_files(unused)


def _not_found(model_id: str) -> NotFoundError:
    return NotFoundError(
        f"the store holds no logged model {model_id!r}; spanloom.models.search_logged_models() returns those there are"
    )
