"""`spanloom traces delete`: by id, filter, experiment or age."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.ages import parse_age
from spanloom.cli.completion import complete_filter, complete_trace_id
from spanloom.cli.confirmation import confirm
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import show_json
from spanloom.cli.trace_options import ExperimentOption

__all__ = ["delete"]


def delete(
    trace_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID|last]...", autocompletion=complete_trace_id, help="Ids, or unambiguous starts of ids."
        ),
    ] = None,
    filter_string: Annotated[
        str | None,
        typer.Option(
            "--filter", autocompletion=complete_filter, help="Those that fit this filter, e.g. \"status = 'ERROR'\"."
        ),
    ] = None,
    experiment: ExperimentOption = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only those that began longer ago: 12h, 30d, 8w.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="At most so many, oldest first.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Delete traces to which everything given applies, with their spans and feedback.

    Their space in the file is used again; `spanloom store vacuum` gives it back.
    """
    if not trace_ids and filter_string is None and experiment is None and older_than is None:
        raise typer.BadParameter("say which traces: ids, --filter, --experiment or --older-than")
    if filter_string is not None and not filter_string.strip():
        raise typer.BadParameter("it is empty: that would be every trace", param_hint="--filter")
    age = parse_age(older_than) if older_than is not None else None
    url = open_existing(store)
    chosen = [find_trace(wanted).info.trace_id for wanted in trace_ids] if trace_ids else None
    if not yes:
        confirm(f"Delete these traces from {place(url)}?")
    deleted = spanloom.delete_traces(
        chosen, filter=filter_string, experiment=experiment, older_than=age, max_traces=limit
    )
    if as_json:
        show_json({"deleted": deleted})
    else:
        typer.echo(f"{deleted:,} {'trace' if deleted == 1 else 'traces'} deleted")
