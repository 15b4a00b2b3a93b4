"""`spanloom traces`: look at what is stored."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

import spanloom
from spanloom.cli import assessment_commands
from spanloom.cli.completion import complete_filter
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing, place, same_store
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_delete import delete
from spanloom.cli.trace_expectation import expectation
from spanloom.cli.trace_export import export
from spanloom.cli.trace_feedback import feedback
from spanloom.cli.trace_import import import_file
from spanloom.cli.trace_list import trace_list
from spanloom.cli.trace_options import ExperimentOption, FilterOption, JsonOption, TraceArgument
from spanloom.cli.trace_page import trace_page
from spanloom.cli.trace_tail import tail

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at stored traces, judge them, take them elsewhere.")

OrderOption = Annotated[
    str | None, typer.Option("--order-by", help="E.g. 'duration_ms DESC'; newest first by default.")
]


@app.command("list")
def list_traces(
    filter_string: FilterOption = None,
    experiment: ExperimentOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many traces.")] = 20,
    order_by: OrderOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List the newest traces."""
    url = open_existing(store)
    found = spanloom.search_traces(
        filter_string, experiment=experiment, order_by=order_by, max_results=limit, include_spans=False
    )
    if as_json:
        show_json([trace.to_dict()["info"] for trace in found])
        return
    console = make_console()
    if found:
        show(console, trace_list(found, console))
        return
    if filter_string is not None:
        show(console, Text(f"No trace in {place(url)} fits."))
        return
    where = place(url) if experiment is None else f"experiment {experiment!r} of {place(url)}"
    show(console, Text(f"No traces yet in {where}. `spanloom demo{same_store(url)}` makes one."))


@app.command("search")
def search(
    filter_string: Annotated[
        str,
        typer.Argument(
            metavar="FILTER", autocompletion=complete_filter, help="E.g. \"span.type = 'TOOL' AND text MATCH 'paris'\"."
        ),
    ],
    experiment: ExperimentOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many traces.")] = 20,
    order_by: OrderOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List the newest traces that fit a filter."""
    list_traces(filter_string, experiment, limit, order_by, as_json, store)


@app.command("show")
def show_trace(
    trace_id: TraceArgument,
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


app.command("tail")(tail)
app.command("delete")(delete)
app.command("feedback")(feedback)
app.command("expectation")(expectation)
app.add_typer(assessment_commands.app, name="assessment")
app.command("export")(export)
app.command("import")(import_file)
