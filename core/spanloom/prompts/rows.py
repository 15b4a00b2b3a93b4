"""Prompts in and out of their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from spanloom.errors import NotFoundError
from spanloom.prompts import cache
from spanloom.prompts.names import LATEST, Reference
from spanloom.prompts.prompt import Prompt, PromptVersion
from spanloom.prompts.tables import ALIASES, PROMPTS, SCHEMA, TAGS, VERSION_TAGS, VERSIONS
from spanloom.store.numbering import take_number
from spanloom.store.records import insert_or, set_values, writing
from spanloom.tracking.stamps import now_ms

__all__ = [
    "insert_version",
    "load_prompts",
    "load_version",
    "load_versions",
    "not_found",
    "reserve_version",
    "take_version",
    "writing_to",
]


def take_version(connection: Connection, name: str) -> int:
    """Take the next number of a prompt, which is made if it is not there; other writers wait for the transaction."""
    return take_number(connection, PROMPTS, {"name": name, "creation_timestamp": now_ms()})


def reserve_version(connection: Connection, name: str, version: int) -> None:
    """Take a number that was given elsewhere, and with it all below that nobody has."""
    row = {"name": name, "creation_timestamp": now_ms(), "next_version": 1}
    connection.execute(insert_or(connection.dialect.name, PROMPTS).on_conflict_do_nothing(), [row])
    free = (PROMPTS.c.name == name) & (PROMPTS.c.next_version <= version)
    connection.execute(update(PROMPTS).where(free).values(next_version=version + 1))


def insert_version(connection: Connection, prompt: PromptVersion) -> None:
    """Store a version, with its tags."""
    row = {
        "name": prompt.name,
        "version": prompt.version,
        "template": _json(prompt.template),
        "commit_message": prompt.commit_message,
        "creation_timestamp": prompt.creation_timestamp,
        "user_id": prompt.user_id,
        "response_format": None if prompt.response_format is None else _json(prompt.response_format),
        "model_config": None if prompt.model_config is None else _json(prompt.model_config),
    }
    connection.execute(insert(VERSIONS), [row])
    set_values(connection, VERSION_TAGS, {"name": prompt.name, "version": prompt.version}, prompt.tags)


def load_version(connection: Connection, reference: Reference) -> PromptVersion | None:
    """Return the version that is meant, if there is one."""
    name, version = reference
    number: int | None
    if isinstance(version, int):
        number = version
    elif version == LATEST:
        number = connection.scalar(select(func.max(VERSIONS.c.version)).where(VERSIONS.c.name == name))
    else:
        number = connection.scalar(select(ALIASES.c.value).where(ALIASES.c.name == name, ALIASES.c.key == version))
    found = [] if number is None else load_versions(connection, name, number)
    return found[0] if found else None


def load_versions(connection: Connection, name: str, version: int | None = None) -> list[PromptVersion]:
    """Return all versions of a prompt, or one, the newest first."""
    asked = select(VERSIONS).where(VERSIONS.c.name == name).order_by(VERSIONS.c.version.desc())
    tagged = select(VERSION_TAGS).where(VERSION_TAGS.c.name == name).order_by(VERSION_TAGS.c.key)
    if version is not None:
        asked, tagged = asked.where(VERSIONS.c.version == version), tagged.where(VERSION_TAGS.c.version == version)
    rows = connection.execute(asked).mappings().all()
    tags: dict[int, dict[str, str]] = {}
    for row in connection.execute(tagged):
        tags.setdefault(row.version, {})[row.key] = row.value
    aliases: dict[int, list[str]] = {}
    for row in connection.execute(select(ALIASES).where(ALIASES.c.name == name).order_by(ALIASES.c.key)):
        aliases.setdefault(row.value, []).append(row.key)
    return [_version(row, tags.get(row["version"], {}), aliases.get(row["version"], [])) for row in rows]


def _version(row: Mapping[Any, Any], tags: dict[str, str], aliases: list[str]) -> PromptVersion:
    return PromptVersion(
        name=row["name"],
        version=row["version"],
        template=orjson.loads(row["template"]),
        commit_message=row["commit_message"],
        creation_timestamp=row["creation_timestamp"],
        tags=tags,
        aliases=aliases,
        user_id=row["user_id"],
        response_format=None if row["response_format"] is None else orjson.loads(row["response_format"]),
        model_config=None if row["model_config"] is None else orjson.loads(row["model_config"]),
    )


def load_prompts(connection: Connection, names: Sequence[str]) -> list[Prompt]:
    """Return these prompts in this order; those that are not there are left out."""
    latest = select(VERSIONS.c.name, func.max(VERSIONS.c.version)).where(VERSIONS.c.name.in_(names)).group_by("name")
    newest = {row[0]: int(row[1]) for row in connection.execute(latest)}
    oldest = select(VERSIONS.c.name, func.min(VERSIONS.c.version)).where(VERSIONS.c.name.in_(names)).group_by("name")
    said = select(VERSIONS.c.name, VERSIONS.c.commit_message)
    said = said.where(tuple_(VERSIONS.c.name, VERSIONS.c.version).in_(oldest))
    descriptions = {row.name: row.commit_message for row in connection.execute(said)}
    values: dict[Table, dict[str, dict[str, Any]]] = {TAGS: {}, ALIASES: {}}
    for table, found in values.items():
        asked = select(table.c.name, table.c.key, table.c.value).where(table.c.name.in_(names)).order_by("key")
        for name, key, value in connection.execute(asked):
            found.setdefault(name, {})[key] = value
    prompts = {
        row.name: Prompt(
            name=row.name,
            creation_timestamp=row.creation_timestamp,
            tags=values[TAGS].get(row.name, {}),
            aliases=values[ALIASES].get(row.name, {}),
            latest_version=newest.get(row.name),
            description=descriptions.get(row.name),
        )
        for row in connection.execute(select(PROMPTS).where(PROMPTS.c.name.in_(names)))
    }
    return [prompts[name] for name in names if name in prompts]


@contextmanager
def writing_to(name: str, version: int | None = None) -> Iterator[Connection]:
    """Give a connection as `writing` does, for what belongs to a prompt, or to one version of it.

    Raises:
        NotFoundError: If there is no such prompt or version.
    """
    try:
        with writing(SCHEMA) as connection:
            yield connection
    except IntegrityError as error:
        raise not_found(Reference(name, LATEST if version is None else version)) from error
    finally:
        cache.forget(name)


def not_found(reference: Reference) -> NotFoundError:
    """Return the error that there is no such prompt."""
    name, version = reference
    if isinstance(version, int):
        what = f"no version {version} of a prompt {name!r}"
    else:
        what = f"no prompt {name!r}" if version == LATEST else f"no alias {version!r} of a prompt {name!r}"
    return NotFoundError(
        f"the store holds {what}; spanloom.search_prompts() and `spanloom prompts list` show those there are"
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
