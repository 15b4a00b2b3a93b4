"""Tags of registered models and of their versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table

from spanloom.errors import NotFoundError
from spanloom.models.registry.names import checked_name, checked_tags, checked_version
from spanloom.models.registry.references import SCHEME
from spanloom.models.registry.rows import changing, version_id
from spanloom.models.registry.tables import TAGS, VERSION_TAGS
from spanloom.store.records import delete_value, set_values

__all__ = [
    "delete_model_version_tag",
    "delete_registered_model_tag",
    "set_model_version_tag",
    "set_registered_model_tag",
]


def set_registered_model_tag(name: str, key: str, value: Any) -> None:
    """Set a tag of a registered model; a former value is replaced.

    Raises:
        ModelError: If the key is no text of 1 to 250 printable characters.
        NotFoundError: If there is no such model.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.models.set_registered_model_tag("weather-agent", "team", "search")
    """
    tags = checked_tags({key: value})
    with changing(checked_name(name)) as connection:
        set_values(connection, TAGS, {"name": name}, tags)


def delete_registered_model_tag(name: str, key: str) -> None:
    """Remove a tag of a registered model.

    Raises:
        NotFoundError: If the model has no such tag.
        StoreError: If the store can't be written.
    """
    with changing(checked_name(name)) as connection:
        _delete(connection, TAGS, {"name": name}, key)


def set_model_version_tag(name: str, version: int | str, key: str, value: Any) -> None:
    """Set a tag of one version; a former value is replaced. See `set_registered_model_tag`."""
    number, tags = checked_version(version), checked_tags({key: value})
    with changing(checked_name(name), number) as connection:
        set_values(connection, VERSION_TAGS, {"version_id": version_id(name, number)}, tags)


def delete_model_version_tag(name: str, version: int | str, key: str) -> None:
    """Remove a tag of one version. See `delete_registered_model_tag`."""
    number = checked_version(version)
    with changing(checked_name(name), number) as connection:
        _delete(connection, VERSION_TAGS, {"version_id": version_id(name, number)}, key)


def _delete(connection: Connection, table: Table, owner: dict[str, str], key: str) -> None:
    if not delete_value(connection, table, owner, key):
        raise NotFoundError(f"{SCHEME}{next(iter(owner.values()))} has no tag {key!r}")
