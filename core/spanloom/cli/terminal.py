"""Where commands print: a terminal with colours, or plain text for pipes and files."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.console import Console, RenderableType

__all__ = ["is_plain", "make_console", "show", "show_json"]

_PLAIN_WIDTH = 4096
"""Nothing is wrapped or cut for a pipe: who reads it there has tools for that."""


def make_console() -> Console:
    """Return a console on the present standard output."""
    console = Console(highlight=False, emoji=False, markup=False)
    if is_plain(console):
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a name with an umlaut in an ASCII pipe
        console.width = _PLAIN_WIDTH
    return console


def is_plain(console: Console) -> bool:
    """Whether the output is read by a program, or by a person without a terminal."""
    return not console.is_terminal


def show(console: Console, *renderables: RenderableType) -> None:
    """Print each on lines of its own; in plain text without trailing blanks."""
    if not is_plain(console):
        console.print(*renderables, sep="\n")
        return
    with console.capture() as capture:
        console.print(*renderables, sep="\n")
    for line in capture.get().splitlines():
        console.out(line.rstrip(), highlight=False)


def show_json(document: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()
