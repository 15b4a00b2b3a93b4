"""Models in and out of their tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select, update

from spanloom.errors import NotFoundError
from spanloom.models.registry.entities import LoggedModel, ModelVersion, RegisteredModel
from spanloom.models.registry.references import Reference
from spanloom.models.registry.tables import ALIASES, KEPT_MODELS, MODELS, SCHEMA, TAGS, VERSION_TAGS, VERSIONS
from spanloom.store.records import writing
from spanloom.tracking.stamps import now_ms

__all__ = [
    "changing",
    "find_version",
    "load_kept",
    "load_models",
    "load_versions",
    "not_found",
    "version_id",
]

_SHOWN = "; spanloom.search_registered_models() and `spanloom models list` show those there are"


def version_id(name: str, version: int) -> str:
    """Return the key of a version."""
    return f"{name}/{version}"


def find_version(connection: Connection, reference: Reference) -> ModelVersion:
    """Return the version that is meant.

    Raises:
        NotFoundError: If there is none.
    """
    number = _number(connection, reference)
    found = [] if number is None else load_versions(connection, [version_id(reference.name, number)])
    if not found:
        raise not_found(connection, reference)
    return found[0]


def _number(connection: Connection, reference: Reference) -> int | None:
    name = reference.name
    if reference.version is not None:
        return reference.version
    if reference.alias is not None:
        own = (ALIASES.c.name == name) & (ALIASES.c.key == reference.alias)
        meant: int | None = connection.scalar(select(ALIASES.c.value).where(own))
        return meant
    newest = select(func.max(VERSIONS.c.version)).where(VERSIONS.c.name == name)
    if reference.stage is not None:
        newest = newest.where(VERSIONS.c.current_stage == reference.stage)
    highest: int | None = connection.scalar(newest)
    return highest


def load_versions(connection: Connection, ids: Sequence[str]) -> list[ModelVersion]:
    """Return these versions in this order; those that are not there are left out."""
    asked = select(VERSIONS).where(VERSIONS.c.version_id.in_(ids))
    rows = {row["version_id"]: row for row in connection.execute(asked).mappings()}
    tags: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(VERSION_TAGS).where(VERSION_TAGS.c.version_id.in_(ids)).order_by("key")):
        tags.setdefault(row.version_id, {})[row.key] = row.value
    aliases: dict[str, list[str]] = {}
    names = {row["name"] for row in rows.values()}
    for row in connection.execute(select(ALIASES).where(ALIASES.c.name.in_(names)).order_by(ALIASES.c.key)):
        aliases.setdefault(version_id(row.name, row.value), []).append(row.key)
    return [_version(rows[key], tags.get(key, {}), aliases.get(key, [])) for key in ids if key in rows]


def _version(row: Mapping[Any, Any], tags: dict[str, str], aliases: list[str]) -> ModelVersion:
    plain = {str(key): value for key, value in row.items() if key != "version_id"}
    return ModelVersion(**plain, tags=tags, aliases=aliases)


def load_models(connection: Connection, names: Sequence[str]) -> list[RegisteredModel]:
    """Return these models in this order; those that are not there are left out."""
    newest = select(VERSIONS.c.name, func.max(VERSIONS.c.version)).where(VERSIONS.c.name.in_(names))
    ids = [
        version_id(name, version)
        for name, version in connection.execute(newest.group_by(VERSIONS.c.name, VERSIONS.c.current_stage))
    ]
    versions: dict[str, list[ModelVersion]] = {}
    for each in sorted(load_versions(connection, ids), key=lambda version: version.version):
        versions.setdefault(each.name, []).append(each)
    tags, aliases = _values(connection, TAGS, names), _values(connection, ALIASES, names)
    found = {
        row.name: RegisteredModel(
            name=row.name,
            description=row.description,
            creation_timestamp=row.creation_timestamp,
            last_updated_timestamp=row.last_updated_timestamp,
            latest_versions=versions.get(row.name, []),
            tags=tags.get(row.name, {}),
            aliases=aliases.get(row.name, {}),
        )
        for row in connection.execute(select(MODELS).where(MODELS.c.name.in_(names)))
    }
    return [found[name] for name in names if name in found]


def _values(connection: Connection, table: Table, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(select(table).where(table.c.name.in_(names)).order_by(table.c.key)):
        found.setdefault(row.name, {})[row.key] = row.value
    return found


def load_kept(connection: Connection, condition: ColumnElement[bool]) -> list[LoggedModel]:
    """Return the kept models that fit, the newest first."""
    asked = select(KEPT_MODELS).where(condition)
    asked = asked.order_by(KEPT_MODELS.c.creation_timestamp.desc(), KEPT_MODELS.c.model_id)
    return [
        LoggedModel(row.model_id, row.name, row.source_run_id, row.digest, row.creation_timestamp)
        for row in connection.execute(asked)
    ]


@contextmanager
def changing(name: str, version: int | None = None) -> Iterator[Connection]:
    """Give a connection as `writing` does, for what belongs to a model, or to one version of it.

    Its row is changed first: so it is there until the block is over, and other writers wait.

    Raises:
        NotFoundError: If there is no such model or version.
    """
    with writing(SCHEMA) as connection:
        table = MODELS if version is None else VERSIONS
        own = table.c.name == name
        if version is not None:
            own &= table.c.version == version
        if not connection.execute(update(table).where(own).values(last_updated_timestamp=now_ms())).rowcount:
            raise not_found(connection, Reference(name, version))
        yield connection


def not_found(connection: Connection, reference: Reference) -> NotFoundError:
    """Return the error that there is no such model or version, which names what is near."""
    name = reference.name
    models = list(connection.scalars(select(MODELS.c.name)))
    if name not in models:
        near = difflib.get_close_matches(name, models, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else _SHOWN
        return NotFoundError(f"the store holds no registered model {name!r}{hint}")
    asked = select(VERSIONS.c.version, VERSIONS.c.current_stage).where(VERSIONS.c.name == name)
    versions = connection.execute(asked.order_by(VERSIONS.c.version)).all()
    if not versions:
        return NotFoundError(
            f"the model {name!r} has no version; spanloom.register_model(model_uri, {name!r}) adds one"
        )
    if reference.alias is not None:
        known = connection.scalars(select(ALIASES.c.key).where(ALIASES.c.name == name).order_by(ALIASES.c.key)).all()
        return NotFoundError(
            f"the model {name!r} has no alias {reference.alias!r}; it has {', '.join(map(repr, known)) or 'none'}"
        )
    if reference.stage is not None:
        stages = ", ".join(f"{row.version}: {row.current_stage}" for row in versions)
        return NotFoundError(f"no version of the model {name!r} is in the stage {reference.stage!r}; they are {stages}")
    numbers = ", ".join(str(row.version) for row in versions)
    return NotFoundError(f"the model {name!r} has no version {reference.version}; it has {numbers}")
