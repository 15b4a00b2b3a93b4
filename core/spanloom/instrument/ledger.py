"""Which attributes were replaced, so that each can be put back exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Ledger"]

_ABSENT: Any = object()


class _Entry(NamedTuple):
    owner: Any
    name: str
    original: Any
    replacement: Any


class Ledger:
    """Replaces attributes of classes and modules, and restores the very same objects in reverse order."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def replace(self, owner: Any, name: str, replacement: Any) -> None:
        """Set `owner.name`, remembering the raw attribute: a descriptor stays one, an inherited one stays inherited."""
        original = vars(owner).get(name, _ABSENT)
        setattr(owner, name, replacement)
        # A class may transform what is set; what stands there now is what restore() must find again.
        self._entries.append(_Entry(owner, name, original, vars(owner)[name]))

    def restore(self) -> None:
        """Put every attribute back, except one that somebody else has replaced in the meantime."""
        while self._entries:
            entry = self._entries.pop()
            if vars(entry.owner).get(entry.name) is not entry.replacement:
                continue
            if entry.original is _ABSENT:
                delattr(entry.owner, entry.name)
            else:
                setattr(entry.owner, entry.name, entry.original)
