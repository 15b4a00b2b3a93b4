"""`spanloom.set_prompt_alias` and `spanloom.delete_prompt_alias`."""

from __future__ import annotations

from spanloom.prompts.names import Reference, checked_alias, checked_name, checked_version
from spanloom.prompts.rows import not_found, writing_to
from spanloom.prompts.tables import ALIASES
from spanloom.store.records import delete_value, set_values

__all__ = ["delete_prompt_alias", "set_prompt_alias"]


def set_prompt_alias(name: str, alias: str, version: int) -> None:
    """Let an alias mean a version, whatever it meant before.

    Args:
        name: The prompt.
        alias: E.g. `"production"`; `"latest"` is reserved.
        version: The version.

    Raises:
        NotFoundError: If there is no such version.
        PromptError: If the alias can't be one.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.set_prompt_alias("greet", "production", 2)
        >>> spanloom.load_prompt("prompts:/greet@production").version
        2
    """
    checked_name(name), checked_alias(alias)
    number = checked_version(version)
    with writing_to(name, number) as connection:
        set_values(connection, ALIASES, {"name": name}, {alias: number})


def delete_prompt_alias(name: str, alias: str) -> None:
    """Remove an alias; the version that it meant stays.

    Raises:
        NotFoundError: If the prompt has no such alias.
        StoreError: If the store can't be written.
    """
    with writing_to(checked_name(name)) as connection:
        if not delete_value(connection, ALIASES, {"name": name}, alias):
            raise not_found(Reference(name, alias))
