"""What aliases, versions and tags may be: one rule for everything that is registered by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from spanloom.errors import RunError, SpanloomError
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.texts import checked_key

__all__ = ["LATEST", "MAX_NAME", "RegisteredNames"]

LATEST: Final = "latest"
"""What stands for the newest version; no alias can be called so."""

MAX_NAME: Final = 200
"""Characters of a name or an alias."""

_ALIAS = re.compile(r"[\w.-]+")
_VERSION_LIKE = re.compile(r"v?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RegisteredNames:
    """The rule, in the words of one registry.

    Attributes:
        kind: What is registered, e.g. `"prompt"`.
        error: What is raised where the rule is broken.
        alias: An alias as it is usual there, for the messages.
    """

    kind: str
    error: type[SpanloomError]
    alias: str

    def checked_alias(self, alias: str) -> str:
        """Return the alias; `error` is raised if it can't be one."""
        if not isinstance(alias, str) or not _ALIAS.fullmatch(alias) or len(alias) > MAX_NAME:
            raise self.error(
                f"{alias!r} is no alias; expected letters, digits, hyphens, underscores and dots, e.g. {self.alias!r}"
            )
        if alias.lower() == LATEST:
            raise self.error(f"the alias {alias!r} is reserved: it always means the newest version; choose another")
        if _VERSION_LIKE.fullmatch(alias):
            raise self.error(f"the alias {alias!r} looks like a version; choose another, e.g. {self.alias!r}")
        return alias

    def checked_version(self, version: int | str) -> int:
        """Return the number of a version; `error` is raised if it is none."""
        try:
            number = int(version)
        except (TypeError, ValueError):
            number = 0
        if number < 1 or isinstance(version, bool | float):
            raise self.error(f"{version!r} is no version of a {self.kind}; expected a number from 1, e.g. 3")
        return number

    def checked_tags(self, tags: Mapping[str, Any] | None) -> dict[str, str]:
        """Return tags as they are stored; `error` is raised if a key is no text of 1 to 250 printable characters."""
        try:
            return {checked_key(key, "tag"): storable_text(value) for key, value in (tags or {}).items()}
        except RunError as error:
            raise self.error(str(error)) from error
