"""Reading what may be a dictionary the user wrote, or an object the client made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["field", "plain", "sequence"]


def field(value: Any, name: str) -> Any:
    """Return the key or attribute of this name, or `None`."""
    if isinstance(value, Mapping):
        return value.get(name)
    return getattr(value, name, None)


def sequence(value: Any) -> list[Any] | tuple[Any, ...]:
    """Return `value` if it can be read more than once, else nothing: a one-shot iterator belongs to the request."""
    return value if isinstance(value, list | tuple) else ()


def plain(value: Any) -> Any:
    """Return an object of the client as a dictionary of what the wire said; anything else as it is."""
    dump = getattr(value, "model_dump", None)
    return dump(exclude_unset=True, warnings=False) if dump is not None else value
