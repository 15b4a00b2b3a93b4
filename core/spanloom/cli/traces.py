"""`spanloom traces`: look at what is stored."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

import spanloom
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing, place, same_store
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_list import trace_list
from spanloom.cli.trace_page import trace_page

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at stored traces.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_traces(
    experiment: Annotated[str | None, typer.Option(help="Only traces of this experiment.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many traces.")] = 20,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List the newest traces."""
    url = open_existing(store)
    found = spanloom.search_traces(experiment=experiment, max_results=limit, include_spans=False)
    if as_json:
        show_json([trace.to_dict()["info"] for trace in found])
        return
    console = make_console()
    if found:
        show(console, trace_list(found, console))
        return
    where = place(url) if experiment is None else f"experiment {experiment!r} of {place(url)}"
    show(console, Text(f"No traces yet in {where}. `spanloom demo{same_store(url)}` makes one."))


@app.command("show")
def show_trace(
    trace_id: Annotated[str, typer.Argument(metavar="ID|last", help="An id, the start of one, or `last`.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show one trace: its span tree, what went in and out, tokens and errors."""
    open_existing(store)
    trace = find_trace(trace_id)
    if as_json:
        show_json(trace.to_dict())
        return
    console = make_console()
    show(console, trace_page(trace))
