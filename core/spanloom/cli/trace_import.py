"""`spanloom traces import`: traces from files into the store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Annotated

import typer

import spanloom
from spanloom.cli.progress import progress_bar
from spanloom.cli.stores import StoreOption, place
from spanloom.cli.terminal import show_json
from spanloom.errors import StoreError
from spanloom.tracing.ingest import Ingested
from spanloom.tracing.jsonl import import_parts
from spanloom.tracing.settings import settings

__all__ = ["import_file"]


def import_file(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The file; `-` reads standard input.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace traces that have the same id.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Read traces that `spanloom traces export` wrote, or MLflow's trace JSON, into the store.

    A trace whose id the store has already is left out, so an interrupted import can simply be run again.
    """
    if file != "-" and not Path(file).is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    url = store or settings.store
    spanloom.configure(store=url)
    done = _import(file, replace=replace)
    if as_json:
        show_json(done._asdict())
        return
    left_out = f" ({done.skipped:,} left out: the store has them; --replace replaces them)" if done.skipped else ""
    typer.echo(f"Imported {done.imported:,} {'trace' if done.imported == 1 else 'traces'} into {place(url)}{left_out}")


def _import(name: str, *, replace: bool) -> Ingested:
    done = Ingested()
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            size = None if name == "-" else Path(name).stat().st_size
            with progress_bar("Importing", size) as advance:
                lines = _watched(file, advance)
                for part in import_parts(lines, "standard input" if name == "-" else name, replace=replace):
                    done = done.plus(part)
    except OSError as error:
        raise StoreError(f"{name} can't be read: {error.strerror}") from error
    except KeyboardInterrupt:
        # Those of a part that was being counted just now are stored, too.
        typer.echo(f"at least {done.imported:,} traces are stored; run the command again for the rest", err=True)
        raise
    return done


def _watched(file: IO[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for line in file:
        yield line
        advance(len(line))
