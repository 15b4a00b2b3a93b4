"""Versions of registered models: to get, describe, move through their stages, and delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, update

from spanloom.models.registry.entities import ModelVersion
from spanloom.models.registry.keeping import drop_copies, remove_files
from spanloom.models.registry.names import checked_alias, checked_name, checked_stage, checked_version
from spanloom.models.registry.references import Reference
from spanloom.models.registry.rows import changing, find_version, load_models
from spanloom.models.registry.tables import SCHEMA, VERSIONS
from spanloom.store.records import reading
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.stamps import now_ms

__all__ = [
    "delete_model_version",
    "get_latest_versions",
    "get_model_version",
    "get_model_version_by_alias",
    "transition_model_version_stage",
    "update_model_version",
]

_ARCHIVED_FROM: Final = ("Staging", "Production")
"""The stages in which a version stands for others; `None` and `Archived` are many versions at once."""


def get_model_version(name: str, version: int | str) -> ModelVersion:
    """Return one version of a registered model.

    Raises:
        NotFoundError: If there is no such version; it names those there are.
        StoreError: If the store can't be read.
    """
    return _get(Reference(checked_name(name), checked_version(version)))


def get_model_version_by_alias(name: str, alias: str) -> ModelVersion:
    """Return the version that an alias means; `"latest"` is the newest.

    Raises:
        NotFoundError: If the model has no such alias.
        StoreError: If the store can't be read.
    """
    if alias == "latest":
        return _get(Reference(checked_name(name)))
    return _get(Reference(checked_name(name), alias=checked_alias(alias)))


def _get(reference: Reference) -> ModelVersion:
    with reading(SCHEMA) as connection:
        return find_version(connection, reference)


def get_latest_versions(name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
    """Return the newest version of each stage, the oldest first.

    Args:
        name: The registered model.
        stages: Only of these stages.

    Raises:
        NotFoundError: If there is no such model.
        StoreError: If the store can't be read.
    """
    wanted = None if stages is None else {checked_stage(stage) for stage in stages}
    with reading(SCHEMA) as connection:
        found = load_models(connection, [checked_name(name)])
        if not found:
            find_version(connection, Reference(name))  # raises, and names what is near
    return [each for each in found[0].latest_versions if wanted is None or each.current_stage in wanted]


def update_model_version(name: str, version: int | str, description: str | None = None) -> ModelVersion:
    """Describe a version, and return it.

    Raises:
        NotFoundError: If there is no such version.
        StoreError: If the store can't be written.
    """
    number = checked_version(version)
    with changing(checked_name(name), number) as connection:
        own = (VERSIONS.c.name == name) & (VERSIONS.c.version == number)
        described = None if description is None else storable_text(description)
        connection.execute(update(VERSIONS).where(own).values(description=described))
        return find_version(connection, Reference(name, number))


def transition_model_version_stage(
    name: str, version: int | str, stage: str, archive_existing_versions: bool = False
) -> ModelVersion:
    """Move a version to another stage of its life, and return it. `models:/name/Production` is the newest there.

    Args:
        name: The registered model.
        version: The version.
        stage: `"None"`, `"Staging"`, `"Production"` or `"Archived"`.
        archive_existing_versions: Whether those that are in that stage now move to `Archived`.

    Raises:
        ModelError: If there is no such stage.
        NotFoundError: If there is no such version.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.models.transition_model_version_stage("weather-agent", 3, "Production", True)
    """
    number, target = checked_version(version), checked_stage(stage)
    now = now_ms()
    with changing(checked_name(name)) as connection:
        find_version(connection, Reference(name, number))
        own = VERSIONS.c.name == name
        if archive_existing_versions and target in _ARCHIVED_FROM:
            others = own & (VERSIONS.c.version != number) & (VERSIONS.c.current_stage == target)
            archived = {"current_stage": "Archived", "last_updated_timestamp": now}
            connection.execute(update(VERSIONS).where(others).values(archived))
        moved = {"current_stage": target, "last_updated_timestamp": now}
        connection.execute(update(VERSIONS).where(own, VERSIONS.c.version == number).values(moved))
        return find_version(connection, Reference(name, number))


def delete_model_version(name: str, version: int | str) -> None:
    """Delete one version for good, with its tags and the aliases that mean it. Its number is not used again.

    Its files go, too, if they were copied for it; a logged model stays.

    Raises:
        NotFoundError: If there is no such version.
        StoreError: If the store can't be written.
    """
    number = checked_version(version)
    with changing(checked_name(name), number) as connection:
        found = find_version(connection, Reference(name, number))
        connection.execute(delete(VERSIONS).where(VERSIONS.c.name == name, VERSIONS.c.version == number))
        unused = drop_copies(connection, [found.model_id])
    remove_files(unused)
