"""`spanloom traces export`: stored traces as JSON Lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

import spanloom
from spanloom.cli.completion import complete_filter, complete_trace_id
from spanloom.cli.lookup import find_trace
from spanloom.cli.progress import progress_bar
from spanloom.cli.stores import StoreOption, open_existing
from spanloom.cli.terminal import show_json
from spanloom.tracing.jsonl import export_traces, whole_file
from spanloom.tracing.traces import Trace

__all__ = ["export"]

_PAGE = 1000
"""Traces looked up at once."""


def export(
    trace_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID|last]...", autocompletion=complete_trace_id, help="Ids, the starts of ids, or `last`."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every trace of the store.")] = False,
    filter_string: Annotated[
        str | None,
        typer.Option(
            "--filter", autocompletion=complete_filter, help="Every trace that fits, e.g. \"status = 'ERROR'\"."
        ),
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The file; `-` prints.")] = "-",
    as_html: Annotated[bool, typer.Option("--html", help="Write one trace as a page that needs no server.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Write traces as JSON Lines, one trace a line, for `spanloom traces import`; or one as a page."""
    if [bool(trace_ids), everything, filter_string is not None].count(True) != 1:
        raise typer.BadParameter("give either ids of traces, or --filter for all that fit, or --all for every trace")
    if as_json and output == "-":
        raise typer.BadParameter("--json prints the result: name an --output FILE")
    if as_html and (as_json or trace_ids is None or len(trace_ids) != 1):
        raise typer.BadParameter("--html takes the id of one trace")
    open_existing(store)
    if as_html and trace_ids:
        _write_page(find_trace(trace_ids[0]), output)
        return
    if trace_ids:
        wanted = list(dict.fromkeys(find_trace(trace_id).info.trace_id for trace_id in trace_ids))
    else:
        wanted = list(_search(filter_string))
    with progress_bar("Exporting", len(wanted), wanted=output != "-") as advance:
        traces = _read(wanted, advance)
        if output == "-":
            for trace in traces:
                sys.stdout.buffer.write(trace.to_json().encode() + b"\n")
            return
        count = export_traces(Path(output), traces)
    if as_json:
        show_json({"exported": count, "output": output})
        return
    typer.echo(f"Exported {count:,} {'trace' if count == 1 else 'traces'} to {output}")


def _write_page(trace: Trace, output: str) -> None:
    from spanloom.viewer.static_page import static_page

    page = static_page(trace)
    if output == "-":
        sys.stdout.buffer.write(page.encode())
        return
    with whole_file(Path(output)) as file:
        file.write(page.encode())
    typer.echo(f"Wrote {output}")


def _search(filter_string: str | None) -> Iterator[str]:
    token = None
    while True:
        page = spanloom.search_traces(filter_string, max_results=_PAGE, page_token=token, include_spans=False)
        yield from (trace.info.trace_id for trace in page)
        token = page.token
        if token is None:
            return


def _read(trace_ids: Sequence[str], advance: Callable[[int], None]) -> Iterator[Trace]:
    for trace_id in trace_ids:
        trace = spanloom.get_trace(trace_id)
        if trace is not None:  # else somebody deleted it in the meantime
            yield trace
        advance(1)
