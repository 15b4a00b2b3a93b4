"""`spanloom.load_prompt`, `spanloom.get_prompt` and `spanloom.search_prompt_versions`."""

from __future__ import annotations

from typing import Literal, overload

from spanloom.prompts import cache
from spanloom.prompts.linking import link
from spanloom.prompts.names import Reference, checked_name, parse_reference
from spanloom.prompts.prompt import Prompt, PromptVersion
from spanloom.prompts.rows import load_prompts, load_version, load_versions, not_found
from spanloom.prompts.tables import SCHEMA
from spanloom.store.records import reading

__all__ = ["find_version", "get_prompt", "load_prompt", "search_prompt_versions"]


@overload
def load_prompt(
    name_or_uri: str,
    version: int | str | None = None,
    allow_missing: Literal[False] = False,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion: ...


@overload
def load_prompt(
    name_or_uri: str,
    version: int | str | None = None,
    allow_missing: bool = False,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion | None: ...


def load_prompt(
    name_or_uri: str,
    version: int | str | None = None,
    allow_missing: bool = False,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion | None:
    """Return a version of a prompt. The span that is active here, and its trace, are linked to it.

    Args:
        name_or_uri: `prompts:/name/version`, `prompts:/name@alias`, `prompts:/name@latest`, or a name alone: then the
            newest version, unless `version` says which.
        version: A number.
        allow_missing: Whether `None` is returned where there is no such prompt.
        cache_ttl_seconds: How old a former answer may be that is given again, 0 to ask the store anew. By default 60
            for an alias and the newest version; a number means the same version for ever. What this process itself
            registers, sets or deletes is seen at once.

    Raises:
        NotFoundError: If there is no such prompt, and that is not allowed.
        PromptError: If it can't be understood what is meant.
        StoreError: If the store can't be read.

    Example:
        >>> spanloom.load_prompt("prompts:/greet@production").format(name="Ada")
        'Hello Ada!'
    """
    reference = parse_reference(name_or_uri, version)
    found = cache.look_up(reference, cache_ttl_seconds)
    if found is None:
        found = find_version(reference)
        if found is None:
            if allow_missing:
                return None
            raise not_found(reference)
        cache.remember(reference, found)
    link(found)
    return found


def find_version(reference: Reference) -> PromptVersion | None:
    """Return the version from the store, linked to nothing; `None` if there is none."""
    with reading(SCHEMA) as connection:
        return load_version(connection, reference)


def get_prompt(name: str) -> Prompt | None:
    """Return what the versions of a prompt have in common: tags, aliases; `None` if there is no such prompt.

    Raises:
        PromptError: If this is no name of a prompt.
        StoreError: If the store can't be read.
    """
    with reading(SCHEMA) as connection:
        found = load_prompts(connection, [checked_name(name)])
    return found[0] if found else None


def search_prompt_versions(name: str) -> list[PromptVersion]:
    """Return all versions of a prompt, the newest first.

    Raises:
        NotFoundError: If there is no such prompt.
        PromptError: If this is no name of a prompt.
        StoreError: If the store can't be read.
    """
    reference = parse_reference(checked_name(name))
    with reading(SCHEMA) as connection:
        if not load_prompts(connection, [name]):
            raise not_found(reference)
        return load_versions(connection, name)
