"""Names of prompts and aliases, and the ways to say which version is meant."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from spanloom.errors import PromptError
from spanloom.tracking.registered_names import LATEST, MAX_NAME, RegisteredNames

__all__ = ["LATEST", "Reference", "checked_alias", "checked_name", "checked_tags", "checked_version", "parse_reference"]

_NAMES = RegisteredNames("prompt", PromptError, "production")
checked_alias, checked_tags, checked_version = _NAMES.checked_alias, _NAMES.checked_tags, _NAMES.checked_version

_SCHEME: Final = "prompts:/"
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
    if isinstance(name, str) and _NAME.fullmatch(name) and len(name) <= MAX_NAME and name.strip("."):
        return name
    raise PromptError(
        f"{name!r} is no name of a prompt; expected 1 to {MAX_NAME} letters, digits, hyphens, underscores and dots, "
        "e.g. 'support-answer'"
    )


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
