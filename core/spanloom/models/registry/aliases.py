"""Aliases: names for versions that can be moved."""

from __future__ import annotations

from spanloom.models.registry.names import checked_alias, checked_name, checked_version
from spanloom.models.registry.references import Reference
from spanloom.models.registry.rows import changing, not_found
from spanloom.models.registry.tables import ALIASES
from spanloom.store.records import delete_value, set_values

__all__ = ["delete_registered_model_alias", "set_registered_model_alias"]


def set_registered_model_alias(name: str, alias: str, version: int | str) -> None:
    """Let an alias mean a version, whatever it meant before.

    Args:
        name: The registered model.
        alias: E.g. `"champion"`; `"latest"` is reserved.
        version: The version.

    Raises:
        ModelError: If the alias can't be one.
        NotFoundError: If there is no such version.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.models.set_registered_model_alias("weather-agent", "champion", 2)
        >>> model = spanloom.models.load_model("models:/weather-agent@champion")
    """
    checked_name(name), checked_alias(alias)
    number = checked_version(version)
    with changing(name, number) as connection:
        set_values(connection, ALIASES, {"name": name}, {alias: number})


def delete_registered_model_alias(name: str, alias: str) -> None:
    """Remove an alias; the version that it meant stays.

    Raises:
        NotFoundError: If the model has no such alias.
        StoreError: If the store can't be written.
    """
    with changing(checked_name(name)) as connection:
        if not delete_value(connection, ALIASES, {"name": name}, alias):
            raise not_found(connection, Reference(name, alias=alias))
