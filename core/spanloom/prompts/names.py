"""Names of prompts and aliases, and the ways to say which version is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from spanloom.errors import PromptError
from spanloom.tracking.texts import text

__all__ = ["LATEST", "Reference", "checked_alias", "checked_name", "checked_tags", "checked_version", "parse_reference"]

LATEST: Final = "latest"
"""What stands for the newest version; no alias can be called so."""

_SCHEME: Final = "prompts:/"
_MAX_NAME: Final = 200
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_REFERENCE = re.compile(r"(?P<name>[^/@]*)(?:/(?P<version>[^/@]*)|@(?P<alias>[^/@]*))?")


class Reference(NamedTuple):
    """One version of a prompt, by its number or by an alias."""

    name: str
    version: int | str


def checked_name(name: str) -> str:
    """Return the name of a prompt.

    Raises:
        PromptError: If it is none. A name is the name of a folder, too, once it is exported.
    """
    if isinstance(name, str) and _NAME.fullmatch(name) and len(name) <= _MAX_NAME and name.strip("."):
        return name
    raise PromptError(
        f"{name!r} is no name of a prompt; expected 1 to {_MAX_NAME} letters, digits, hyphens, underscores and dots, "
        "e.g. 'support-answer'"
    )


def checked_alias(alias: str) -> str:
    """Return the alias.

    Raises:
        PromptError: If it can't be one.
    """
    if isinstance(alias, str) and alias.lower() == LATEST:
        raise PromptError(f"the alias {alias!r} is reserved: it always means the newest version; choose another")
    if isinstance(alias, str) and _NAME.fullmatch(alias) and len(alias) <= _MAX_NAME:
        return alias
    raise PromptError(
        f"{alias!r} is no alias; expected letters, digits, hyphens, underscores and dots, e.g. 'production'"
    )


def checked_version(version: int | str) -> int:
    """Return the number of a version.

    Raises:
        PromptError: If it is none.
    """
    try:
        number = int(version)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or isinstance(version, bool | float):
        raise PromptError(f"{version!r} is no version of a prompt; expected a number from 1, e.g. 3")
    return number


def checked_tags(tags: Mapping[str, Any] | None) -> dict[str, str]:
    """Return tags as they are stored.

    Raises:
        PromptError: If a key is no text of 1 to 250 printable characters.
    """
    for key in tags or {}:
        if not isinstance(key, str) or not key.strip() or len(key) > 250 or not key.isprintable():  # noqa: PLR2004 - the column's
            raise PromptError(f"tag {key!r}: expected a key of 1 to 250 printable characters, e.g. 'team'")
    return {key: text(value) for key, value in (tags or {}).items()}


def parse_reference(name_or_uri: str, version: int | str | None = None) -> Reference:
    """Return which version is meant.

    Args:
        name_or_uri: `prompts:/name/version`, `prompts:/name@alias`, or either without `prompts:/`; a name alone means
            the newest version.
        version: The version, if `name_or_uri` does not say it.

    Raises:
        PromptError: If that can't be understood, or both say a version.
    """
    found = _REFERENCE.fullmatch(name_or_uri.removeprefix(_SCHEME)) if isinstance(name_or_uri, str) else None
    if found is None:
        raise PromptError(
            f"{name_or_uri!r} means no prompt; expected 'name', 'prompts:/name/3' or 'prompts:/name@alias'"
        )
    name = checked_name(found["name"])
    if found["alias"] is None and found["version"] is None:
        return Reference(name, LATEST if version in {None, LATEST} else checked_version(version or 0))
    if version is not None:
        raise PromptError(f"{name_or_uri!r} says already which version is meant; leave out version={version!r}")
    if found["version"] is not None:
        return Reference(name, checked_version(found["version"]))
    alias = found["alias"]
    return Reference(name, LATEST if alias.lower() == LATEST else checked_alias(alias))
