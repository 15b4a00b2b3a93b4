"""`spanloom runs`: look at runs, compare them, delete them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from spanloom.cli.confirmation import confirm
from spanloom.cli.run_lookup import find_run
from spanloom.cli.run_tables import run_comparison, run_list, run_page
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.errors import NotFoundError, RunError
from spanloom.tracking import delete_run, get_metric_history, search_runs
from spanloom.tracking.run import json_number

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at runs, compare them, delete them.")

RunArgument = Annotated[str, typer.Argument(metavar="ID|last", help="An id, the start of one, a name, or `last`.")]
RunsArgument = Annotated[list[str], typer.Argument(metavar="ID|last...", help="Ids, starts of ids, names, or `last`.")]


@app.command("list")
def list_runs(
    filter_string: Annotated[
        str,
        typer.Option("--filter", help="Only runs that fit, e.g. \"metrics.accuracy > 0.9 AND params.model = 'x'\"."),
    ] = "",
    experiment: Annotated[str | None, typer.Option(help="Only runs of this experiment.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many runs.")] = 20,
    order_by: Annotated[
        str | None, typer.Option("--order-by", help="E.g. 'metrics.accuracy DESC'; newest first by default.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List the newest runs."""
    url = open_existing(store)
    found = search_runs(
        [experiment] if experiment is not None else None,
        filter_string,
        max_results=limit,
        order_by=order_by,
        search_all_experiments=True,
        output_format="list",
    )
    if as_json:
        show_json([run.to_dict() for run in found])
        return
    console = make_console()
    if found:
        show(console, run_list(found, console))
    elif filter_string or experiment is not None:
        show(console, Text(f"No run in {place(url)} fits."))
    else:
        show(console, Text(f"No runs yet in {place(url)}. `with spanloom.start_run(): …` makes one."))


@app.command("show")
def show_run(wanted: RunArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show one run: its parameters, tags, and metrics with their histories."""
    open_existing(store)
    run = find_run(wanted)
    histories = {key: get_metric_history(run.info.run_id, key) for key in run.data.metrics}
    if as_json:
        points: dict[str, list[dict[str, Any]]] = {
            key: [{**asdict(metric), "value": json_number(metric.value)} for metric in history]
            for key, history in histories.items()
        }
        show_json({**run.to_dict(), "metric_history": points})
        return
    console = make_console()
    show(console, run_page(run, histories))


@app.command("compare")
def compare(wanted: RunsArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show several runs side by side."""
    if len(wanted) < 2:  # noqa: PLR2004 - one is compared with another
        raise RunError("compare takes two runs or more, e.g. spanloom runs compare last 01a1fea0")
    open_existing(store)
    runs = [find_run(each) for each in wanted]
    if as_json:
        show_json([run.to_dict() for run in runs])
        return
    console = make_console()
    show(console, run_comparison(runs))


@app.command("delete")
def delete(
    wanted: RunsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Delete runs for good, with their files and the runs nested in them; their traces stay."""
    url = open_existing(store)
    runs = {run.info.run_id: run for run in map(find_run, wanted)}
    if not yes:
        names = ", ".join(run.info.run_name for run in runs.values())
        confirm(f"Delete {names} from {place(url)}?")
    for run_id in runs:
        with suppress(NotFoundError):  # it went with one it was nested in
            delete_run(run_id)
    if as_json:
        show_json({"deleted": list(runs)})
    else:
        typer.echo(f"{len(runs):,} {'run' if len(runs) == 1 else 'runs'} deleted")
