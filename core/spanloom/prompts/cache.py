"""Versions that were loaded, so that an agent may load its prompts on every request."""

from __future__ import annotations

import copy
import time
from typing import Final

from spanloom.prompts.names import Reference
from spanloom.prompts.prompt import PromptVersion
from spanloom.tracing.settings import settings

__all__ = ["clear", "forget", "look_up", "remember"]

_ALIAS_TTL_SECONDS: Final = 60.0
_MOST: Final = 1_000

_loaded: dict[tuple[str, Reference], tuple[float, PromptVersion]] = {}


def look_up(reference: Reference, ttl_seconds: float | None) -> PromptVersion | None:
    """Return what was loaded, unless it is too old.

    Args:
        reference: What is looked for.
        ttl_seconds: How old it may be; by default 60 seconds for an alias or the newest version, and any age for a
            number, which means the same version for ever.
    """
    loaded = _loaded.get((settings.store, reference))
    if loaded is None:
        return None
    when, prompt = loaded
    if ttl_seconds is None:
        ttl_seconds = float("inf") if isinstance(reference.version, int) else _ALIAS_TTL_SECONDS
    return copy.deepcopy(prompt) if time.monotonic() - when < ttl_seconds else None


def remember(reference: Reference, prompt: PromptVersion) -> None:
    """Keep what was loaded just now."""
    if len(_loaded) >= _MOST:
        _loaded.clear()
    _loaded[settings.store, reference] = (time.monotonic(), copy.deepcopy(prompt))


def forget(name: str) -> None:
    """Load a prompt anew the next time: this process changed it."""
    for key in list(_loaded):
        if key[1].name == name:
            _loaded.pop(key, None)


def clear() -> None:
    """Load everything anew the next time."""
    _loaded.clear()
