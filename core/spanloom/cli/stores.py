"""Which trace store a command reads, without making one by reading."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

import spanloom
from spanloom.cli.store_completion import complete_store
from spanloom.errors import StoreError
from spanloom.store.sqlite import path_of
from spanloom.tracing.settings import DEFAULT_STORE, settings
from spanloom.tracing.stores import without_password

__all__ = ["StoreOption", "file_of", "open_existing", "place", "same_store"]

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        autocompletion=complete_store,
        help="The trace store, e.g. sqlite:///traces.db. (or SPANLOOM_STORE)",
    ),
]

_IN_MEMORY = ":memory:"


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite store, `None` of any other."""
    if not url.startswith("sqlite://") or path_of(url) == _IN_MEMORY:
        return None
    return Path(path_of(url)).absolute()


def place(url: str) -> str:
    """Return where a store is, as people say it."""
    if url.startswith("sqlite://"):
        file = file_of(url)
        return str(file) if file is not None else "memory (gone when the process ends)"
    return without_password(url)


def same_store(url: str) -> str:
    """Return the option, if one is needed, that makes another command use this store."""
    return "" if url == DEFAULT_STORE else f" --store {shlex.quote(without_password(url))}"


def open_existing(url: str | None) -> str:
    """Use the store of this URL (by default the configured one) in this process, and return its URL.

    Raises:
        StoreError: If there is none yet, or it can't be opened.
    """
    url = url or settings.store
    file = file_of(url)
    if file is not None and not file.exists():
        raise StoreError(
            f"there is no trace store at {file} yet. `spanloom demo{same_store(url)}` makes one, and so does any "
            "program that calls spanloom.autolog(); or name another with --store or SPANLOOM_STORE"
        )
    spanloom.configure(store=url)
    return url
