"""How far an evaluation, or a batch, has come, for people who watch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(total: int, done: int, title: str = "Evaluating") -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error; yields the function that moves it on.

    There is none if that is no terminal, `SPANLOOM_PROGRESS=0` says so, or rich (`spanloom[cli]`) is not installed.
    """
    wanted = os.environ.get("SPANLOOM_PROGRESS", "1").lower() not in {"0", "false", "no", "off"}
    if not wanted or not sys.stderr.isatty():
        yield _ignore
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ModuleNotFoundError:
        yield _ignore
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, completed=done)
        yield lambda count: progress.advance(task, count)


def _ignore(_count: int) -> None: ...
