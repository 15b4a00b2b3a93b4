"""Which plugins record what was asked and answered: `autolog(capture_content=…)` and `SPANLOOM_NO_CONTENT`."""

from __future__ import annotations

import os
from collections.abc import Collection

from spanloom.tracing.settings import settings

__all__ = ["NO_CONTENT_VARIABLE", "captures_content", "set_capture", "warn_of_unknown_names"]

NO_CONTENT_VARIABLE = "SPANLOOM_NO_CONTENT"


def _named() -> list[str]:
    names = map(str.strip, os.environ.get(NO_CONTENT_VARIABLE, "").split(","))
    return [name.replace("-", "_") for name in names if name]


def captures_content(plugin: str) -> bool:
    """Whether a plugin records inputs and outputs where its call of `autolog` does not say."""
    return plugin not in _named()


def set_capture(plugin: str, *, content: bool) -> None:
    """Let spans of this plugin that begin from now on keep inputs and outputs, or not."""
    without = settings.without_content - {plugin}
    settings.without_content = without if content else without | {plugin}


def warn_of_unknown_names(plugins: Collection[str]) -> None:
    """Log the names in the variable that are no plugin's: what they were to hide would be recorded silently."""
    unknown = [name for name in _named() if name not in plugins]
    if unknown:
        import logging  # 6 ms that all others can do without

        logging.getLogger("spanloom").warning(
            "spanloom: %s names no plugin with %s; known plugins: %s",
            NO_CONTENT_VARIABLE,
            ", ".join(map(repr, unknown)),
            ", ".join(plugins),
        )
