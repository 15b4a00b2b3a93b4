"""`spanloom.delete_prompt` and `spanloom.delete_prompt_version`."""

from __future__ import annotations

from sqlalchemy import delete

from spanloom.prompts.names import LATEST, Reference, checked_name, checked_version
from spanloom.prompts.rows import not_found, writing_to
from spanloom.prompts.tables import PROMPTS, VERSIONS

__all__ = ["delete_prompt", "delete_prompt_version"]


def delete_prompt(name: str) -> None:
    """Delete a prompt for good, with its versions, tags and aliases. Traces that used it keep their link.

    Raises:
        NotFoundError: If there is no such prompt.
        StoreError: If the store can't be written.
    """
    with writing_to(checked_name(name)) as connection:
        if not connection.execute(delete(PROMPTS).where(PROMPTS.c.name == name)).rowcount:
            raise not_found(Reference(name, LATEST))


def delete_prompt_version(name: str, version: int | str) -> None:
    """Delete one version for good, with its tags and the aliases that mean it. Its number is not used again.

    Other processes that loaded it may see it until they end, or until they ask with `cache_ttl_seconds=0`.

    Raises:
        NotFoundError: If there is no such version.
        StoreError: If the store can't be written.
    """
    number = checked_version(version)
    with writing_to(checked_name(name)) as connection:
        own = (VERSIONS.c.name == name) & (VERSIONS.c.version == number)
        if not connection.execute(delete(VERSIONS).where(own)).rowcount:
            raise not_found(Reference(name, number))
