"""`spanloom store trim`: delete the oldest traces, by age and by what the store takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from spanloom.cli.confirmation import confirm
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import show_json
from spanloom.tracing.exporters import TraceStore
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.quantities import parse_age, parse_size
from spanloom.tracing.retention import Retention, expired_traces, trim

__all__ = ["trim_store"]

_PAGE = 1000
_MEGABYTE = 1_000_000


def trim_store(
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Delete traces that began longer ago: 12h, 30d, 8w.")
    ] = None,
    max_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Delete the oldest until the store takes less: 500MB, 2GB.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many that would be.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Delete the oldest traces, with their spans and feedback, by age or by size; those in progress are kept.

    Their space in the file is used again; `spanloom store vacuum` gives it back. Others may go on writing meanwhile.
    """
    if older_than is None and max_size is None:
        raise typer.BadParameter("say what is to go: --older-than, --max-size or both")
    retention = Retention(
        parse_age(older_than) if older_than is not None else None,
        parse_size(max_size) if max_size is not None else None,
    )
    url = open_existing(store)
    opened, now = pipeline.store(), datetime.now(UTC)
    before = opened.size_bytes()
    if dry_run:
        count = _expected(opened, retention, now)
        _say(as_json=as_json, counted="would_delete", count=count, sizes={"bytes": before})
        return
    if not yes:
        confirm(f"Delete the oldest traces from {place(url)}?")
    deleted = sum(_trimmed(opened, retention, now))
    after = opened.size_bytes()
    _say(as_json=as_json, counted="deleted", count=deleted, sizes={"bytes_before": before, "bytes_after": after})


def _trimmed(store: TraceStore, retention: Retention, now: datetime) -> Iterator[int]:
    while gone := trim(store, retention, now):
        yield gone


def _expected(store: TraceStore, retention: Retention, now: datetime) -> int:
    """Return how many traces would go: by their age exactly, by the store's size as if all took the same."""
    expired = _count(store, now - retention.max_age, now) if retention.max_age is not None else 0
    size = store.size_bytes()
    if retention.max_bytes is None or size <= retention.max_bytes:
        return expired
    share = 1 - retention.max_bytes / size
    return max(expired, math.ceil(_count(store, None, now) * share))


def _count(store: TraceStore, before: datetime | None, now: datetime) -> int:
    count, token = 0, None
    while True:
        page = expired_traces(store, before, now, token, _PAGE)
        count, token = count + len(page), page.token
        if token is None:
            return count


def _say(*, as_json: bool, counted: str, count: int, sizes: dict[str, int]) -> None:
    if as_json:
        show_json({counted: count, **sizes})
        return
    now = " to ".join(f"{size / _MEGABYTE:,.1f} MB" for size in sizes.values())
    traces = f"{count:,} {'trace' if count == 1 else 'traces'}"
    typer.echo(f"about {traces} would be deleted, of {now}" if "bytes" in sizes else f"{traces} deleted, from {now}")
