"""`SPANLOOM_AUTOLOG`: autologging for programs that do not ask for it, such as the workers of a task queue."""

from __future__ import annotations

import os

from spanloom.errors import SpanloomError
from spanloom.instrument.registry import autolog
from spanloom.tracing.guard import guard

__all__ = ["ALL", "VARIABLE", "autolog_from_environment", "plugin_names"]

VARIABLE = "SPANLOOM_AUTOLOG"
ALL = "all"


def plugin_names(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list, as `spanloom.autolog` takes them: `all` is no name.

    Example:
        >>> plugin_names("openai, langchain")
        ('openai', 'langchain')
    """
    names = tuple(filter(None, map(str.strip, text.split(","))))
    return () if ALL in names else names


def autolog_from_environment() -> None:
    """Switch on what `SPANLOOM_AUTOLOG` names.

    A name that can't be switched on is reported, and costs only itself: it must not keep a worker from starting.
    """
    for name in plugin_names(os.environ[VARIABLE]) or (ALL,):
        with guard(VARIABLE):
            try:
                autolog(*plugin_names(name))
            except SpanloomError as error:
                import logging  # 6 ms that all others can do without

                logging.getLogger("spanloom").warning("spanloom: %s=%s: %s", VARIABLE, os.environ[VARIABLE], error)
