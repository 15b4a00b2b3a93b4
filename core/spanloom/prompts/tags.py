"""Tags of prompts and of their versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from spanloom.errors import NotFoundError
from spanloom.prompts.loading import get_prompt
from spanloom.prompts.names import LATEST, Reference, checked_name, checked_tags, checked_version
from spanloom.prompts.rows import not_found, writing_to
from spanloom.prompts.tables import TAGS, VERSION_TAGS
from spanloom.store.records import delete_value, set_values

__all__ = [
    "delete_prompt_tag",
    "delete_prompt_version_tag",
    "get_prompt_tags",
    "set_prompt_tag",
    "set_prompt_version_tag",
]


def set_prompt_tag(name: str, key: str, value: Any) -> None:
    """Set a tag of a prompt; a former value is replaced.

    Raises:
        NotFoundError: If there is no such prompt.
        PromptError: If the key is no text of 1 to 250 printable characters.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.set_prompt_tag("greet", "team", "support")
    """
    with writing_to(checked_name(name)) as connection:
        set_values(connection, TAGS, {"name": name}, checked_tags({key: value}))


def get_prompt_tags(name: str) -> dict[str, str]:
    """Return the tags of a prompt. Those of a version are its `tags`.

    Raises:
        NotFoundError: If there is no such prompt.
        StoreError: If the store can't be read.
    """
    prompt = get_prompt(name)
    if prompt is None:
        raise not_found(Reference(name, LATEST))
    return prompt.tags


def delete_prompt_tag(name: str, key: str) -> None:
    """Remove a tag of a prompt.

    Raises:
        NotFoundError: If the prompt has no such tag.
        StoreError: If the store can't be written.
    """
    _delete(TAGS, {"name": checked_name(name)}, key)


def set_prompt_version_tag(name: str, version: int | str, key: str, value: Any) -> None:
    """Set a tag of one version; a former value is replaced. See `set_prompt_tag`."""
    number = checked_version(version)
    with writing_to(checked_name(name), number) as connection:
        set_values(connection, VERSION_TAGS, {"name": name, "version": number}, checked_tags({key: value}))


def delete_prompt_version_tag(name: str, version: int | str, key: str) -> None:
    """Remove a tag of one version. See `delete_prompt_tag`."""
    _delete(VERSION_TAGS, {"name": checked_name(name), "version": checked_version(version)}, key)


def _delete(table: Table, owner: dict[str, Any], key: str) -> None:
    with writing_to(owner["name"]) as connection:
        if not delete_value(connection, table, owner, key):
            raise NotFoundError(f"prompts:/{'/'.join(map(str, owner.values()))} has no tag {key!r}")
