"""The command as people call it."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.stores import StoreOption
from spanloom.instrument.environment import ALL, VARIABLE
from spanloom.tracing.settings import settings

__all__ = ["run"]


def run(
    program: Annotated[str, typer.Argument(metavar="PROGRAM", help="A script; with -m a module.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="Its own arguments.")] = None,
    as_module: Annotated[bool, typer.Option("-m", help="Run a module, as `python -m` does.")] = False,
    plugins: Annotated[
        str, typer.Option("--autolog", metavar="NAMES", envvar=VARIABLE, help="Frameworks to trace, e.g. openai,mcp.")
    ] = ALL,
    experiment: Annotated[
        str | None, typer.Option(envvar="SPANLOOM_EXPERIMENT", help="File the traces under this name.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Run a Python program, unchanged, with autologging on.

    The program behaves as under `python`: arguments, exit code, tracebacks, signals. What it starts is traced, too.
    """
    from spanloom.cli.run.launch import launch

    command = [*(["-m"] if as_module else []), program, *(arguments or [])]
    launch(command, plugins=plugins, experiment=experiment, store=store or settings.store)
