"""How tables look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from spanloom.cli.formats import one_line, printable

__all__ = ["difference_line", "new_table", "pairs"]

_DIFFERENCE_COLORS = {"+": "green", "-": "red", "@": "cyan", "~": "yellow"}


def new_table(*columns: str) -> Table:
    """Return a table without lines."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(Text(column), no_wrap=True, overflow="ellipsis")
    return table


def pairs(values: Mapping[str, Any]) -> str:
    """Return keys and values on one line."""
    return one_line(" ".join(f"{key}={value}" for key, value in values.items()) or "-", 80)


def difference_line(line: str) -> Text:
    """Return a line of a unified diff in the colour of its sign."""
    return Text(printable(line), _DIFFERENCE_COLORS.get(line[:1], ""))
