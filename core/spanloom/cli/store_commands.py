"""`spanloom store`: look after the trace store."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.store_trim import trim_store
from spanloom.cli.stores import StoreOption, file_of, open_existing
from spanloom.cli.terminal import show_json
from spanloom.tracing.pipeline import pipeline

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look after the trace store.")

_MEGABYTE = 2**20


@app.callback()
def _store() -> None:
    """Look after the trace store."""


@app.command("vacuum")
def vacuum(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Give the space of deleted traces back to the file system.

    The file is written anew: that takes as much free space again, and writers wait meanwhile.
    """
    file = file_of(open_existing(store))
    opened = pipeline.store()
    before = file.stat().st_size if file is not None else opened.size_bytes()
    opened.vacuum()
    after = file.stat().st_size if file is not None else opened.size_bytes()
    if as_json:
        show_json({"bytes_before": before, "bytes_after": after})
    else:
        typer.echo(f"{before / _MEGABYTE:,.1f} MiB before, {after / _MEGABYTE:,.1f} MiB now")


app.command("trim")(trim_store)
