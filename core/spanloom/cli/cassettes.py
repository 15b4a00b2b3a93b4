"""`spanloom cassettes`: look at what `spanloom.record` kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from spanloom.cassettes.tape import read_tape
from spanloom.cli.cassette_tables import call_list, summary
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import JsonOption

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()  # without it, Typer would do without the name of the only command
def _cassettes() -> None:
    """Look at what spanloom.record kept."""


@app.command("show")
def show_cassette(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file made by spanloom.record.")],
    as_json: JsonOption = False,
) -> None:
    """Show the calls on a cassette, with what they asked and what they were answered."""
    interactions = read_tape(file)
    if as_json:
        show_json([interaction.to_dict() for interaction in interactions])
        return
    console = make_console()
    show(console, Text(summary(interactions)))
    if interactions:
        show(console, call_list(interactions, console))
