"""Becoming the program: this process is replaced by a Python that switches autologging on while it starts.

So everything is what plain `python` makes of it: `sys.argv`, `sys.path`, `__main__`, tracebacks, signals, the process
id. The way in is a `sitecustomize` module in a folder on `PYTHONPATH`, which child processes inherit.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]
from typing import NoReturn

from spanloom.cli.stores import file_of
from spanloom.errors import SpanloomError
from spanloom.instrument import autolog
from spanloom.instrument.environment import ALL, VARIABLE, plugin_names
from spanloom.tracing.settings import settings
from spanloom.tracing.stores import open_store

__all__ = ["ProgramError", "launch"]

_STARTUP = str(Path(__file__).with_name("startup"))


class ProgramError(SpanloomError):
    """There is no such program, or it can't be run traced."""


def launch(command: Sequence[str], *, plugins: str, experiment: str | None, store: str) -> NoReturn:
    """Replace this process by the program.

    Args:
        command: What would stand after `python`: a script or `-m` and a module, then its arguments.
        plugins: Names of plugins, separated by commas, or `all`.
        experiment: Where its traces are filed, if not where the environment says.
        store: The store that takes them.

    Raises:
        ProgramError: If there is no such script, or this Python ignores the environment.
        PluginError: If a plugin is not known.
        MissingExtraError: If the framework of a plugin that was named is not installed.
        StoreError: If the store can't be opened.
    """
    if command[0] != "-m":
        _check_script(command[0])
    if sys.flags.ignore_environment or sys.flags.no_site:
        raise ProgramError("python -E, -I and -S ignore what spanloom run hands to the program; leave them out")
    names = plugin_names(plugins)
    if names:
        autolog(*names)  # a misspelt name shows here, before anything runs
    if settings.enabled:
        open_store(store).close()
    environment = {
        **os.environ,
        VARIABLE: ",".join(names) or ALL,
        "SPANLOOM_STORE": _from_anywhere(store),
        "PYTHONPATH": _with_startup(os.environ),
    }
    if experiment is not None:
        environment["SPANLOOM_EXPERIMENT"] = experiment
    python = [sys.executable, *_args_from_interpreter_flags()]
    os.execve(sys.executable, [*python, *command], environment)  # noqa: S606 - running it is the purpose


def _check_script(script: str) -> None:
    if script == "-" or Path(script).exists():
        return
    from shutil import which

    hint = f"; for the module of that name: spanloom run -m {script}" if which(script) else ""
    raise ProgramError(f"there is no script {script!r} in {Path.cwd()}{hint}")


def _from_anywhere(store: str) -> str:
    """Return the URL such that it names the same file in whatever folder the program, or a child of it, works."""
    file = file_of(store)
    return store if file is None else f"sqlite:///{file}"


def _with_startup(environment: Mapping[str, str]) -> str:
    present = environment.get("PYTHONPATH")
    if present is None or _STARTUP in present.split(os.pathsep):
        return present or _STARTUP
    return os.pathsep.join((_STARTUP, present))
